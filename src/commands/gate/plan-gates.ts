/** Finds the policies that the images of a plan will meet at the release gates. */

import { releaseGates } from '../../config/gate.ts'
import type { Context } from '../../context.ts'
import type { Policy } from '../../domain/gate/policy/policy.ts'
import { policiesFor, type ReleaseGate } from '../../domain/gate/release/release-gate.ts'

/** Returns a function of an image's NVR: each release gate, with the policies in force now that will apply to the image there. */
export function planGates({ settings, policies }: Pick<Context, 'settings' | 'policies'>) {
  const current = policies.current()
  const gates = releaseGates(settings)
  return (nvr: string): { gate: ReleaseGate; policies: readonly Policy[] }[] =>
    gates.map((gate) => ({ gate, policies: policiesFor(gate, nvr, current) }))
}
