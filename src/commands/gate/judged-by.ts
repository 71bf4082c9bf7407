/** A digest of everything here that decisions depend on: equal digests judge equal facts equally. */
import { createHash } from 'node:crypto'
import type { GateSettings } from '../../domain/gate/request/settings.ts'
import type { PolicySet } from '../../gate-input/policies/load.ts'
import { readAbout } from '../../lib/version.ts'

/** Of the program, policies and subject types, and the settings; it writes all of them out. */
export function digestOfJudge({ policies, subjectTypes }: PolicySet, settings: GateSettings): string {
  const { version } = readAbout()
  const text = JSON.stringify([version, policies, subjectTypes.all, settings], asPlain)
  return createHash('sha256').update(text).digest('hex')
}

/** JSON leaves out functions, which are compiled from texts that it has. */
function asPlain(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value]
  return value instanceof Map ? [...value] : value
}
