/** Addresses that nothing uses yet (decision 0017): reported at the start. */

type NotYet = { reason: string; default: string }

const ADDRESSES: Readonly<Record<string, NotYet>> = {
  DECISION_UPDATE_DESTINATION: {
    reason: 'changes of decisions are not published yet',
    default: 'topic://VirtualTopic.eng.greenwave.decision.update',
  },
}

/** One sentence for each address in the environment that is set without effect; the start goes on. */
export function unusedAddresses(env: object): string[] {
  return Object.entries(env).flatMap(([key, value]) => {
    const entry = Object.hasOwn(ADDRESSES, key) ? ADDRESSES[key] : undefined
    const isSet = entry !== undefined && Boolean(value) && value !== entry.default
    return isSet ? [`${key} is set, but has no effect in this version: ${entry.reason}`] : []
  })
}
