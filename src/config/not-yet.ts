/** Addresses that nothing uses yet (decision 0017): reported at the start. */

/** By name, why it has no effect. */
const ADDRESSES: Readonly<Record<string, string>> = { FLATPAK_URL: 'flatpaks are not rebuilt yet' }

/** One sentence for each address in the environment that is set without effect; the start goes on. */
export function unusedAddresses(env: object): string[] {
  return Object.entries(env).flatMap(([key, value]) => {
    const reason = Object.hasOwn(ADDRESSES, key) ? ADDRESSES[key] : undefined
    return reason && value ? [`${key} is set, but has no effect in this version: ${reason}`] : []
  })
}
