/** A digest of everything here that decisions depend on: equal digests judge equal facts equally. */
import { createHash } from 'node:crypto'
import type { GateSettings } from '../../domain/gate/request/settings.ts'
import type { PolicySet } from '../../gate-input/policies/load.ts'
import { readAbout } from '../../lib/version.ts'

/** Covers the version of the program, policies, subject types and settings. Takes a while, because it serializes all of them. */
export function digestOfJudge({ policies, subjectTypes }: PolicySet, settings: GateSettings): string {
  const { version } = readAbout()
  const text = JSON.stringify([version, policies, subjectTypes.all, settings], asPlain)
  return createHash('sha256').update(text).digest('hex')
}

/** JSON leaves out functions; these are compiled from texts that are in the JSON. */
function asPlain(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value]
  return value instanceof Map ? [...value] : value
}
