/** Presents whether the rebuilt images of an event may go out, as JSON of version 2 (decision 0039). */
import type { ReleaseGate } from '../../domain/gate/release/release-gate.ts'
import { type ReleaseDecision, type ReleaseState, worstOf } from '../../domain/gate/release/release-state.ts'

type Image = { buildId: number; name: string; nvr: string }

const WITHOUT_GATES =
  'No release gates are configured (release_gates in the settings file), so no decisions are made about the rebuilt images.'

/** `decisions` are those on each image at each gate, both in their order. */
export function presentEventGate(
  eventId: number,
  gates: readonly ReleaseGate[],
  images: readonly Image[],
  decisions: readonly (readonly ReleaseDecision[])[],
) {
  const presented = images.flatMap(({ buildId, name, nvr }, index) => {
    const made = decisions[index] ?? []
    const state = worstOf(made.map((decision) => decision.state))
    if (!state) return []
    return [
      {
        build_id: buildId,
        name,
        nvr,
        state,
        decisions: gates.flatMap((gate, at) => presentDecision(gate, made[at])),
      },
    ]
  })
  const count = (state: ReleaseState) => presented.filter((image) => image.state === state).length
  return {
    event_id: eventId,
    explanation: gates.length === 0 ? WITHOUT_GATES : null,
    gates: gates.map(presentGate),
    counts: {
      rebuilt: images.length,
      may_go_out: count('may go out'),
      waived: count('waived'),
      failed: count('failed'),
      waiting: count('waiting for tests'),
      without_policy: count('no policy applies'),
      undecided: count('undecided'),
    },
    images: presented,
  }
}

/** A release gate as the settings have it. */
function presentGate({ decisionContext, productVersion, subjectType }: ReleaseGate) {
  return { decision_context: decisionContext, product_version: productVersion, subject_type: subjectType }
}

function presentDecision(
  { decisionContext, productVersion }: ReleaseGate,
  decision: ReleaseDecision | undefined,
) {
  if (!decision) return []
  const { state, summary, satisfied } = decision
  return [
    {
      decision_context: decisionContext,
      product_version: productVersion,
      state,
      summary,
      policies_satisfied: satisfied,
    },
  ]
}
