/** The span of a fact that is applied: what it is about, with the task in the build system (docs/tracing.md). */
import type { Fact } from '../../domain/rebuild/transition/facts.ts'
import type { SpanStart } from '../../lib/tracing/span.ts'

const NAMES = { buildId: 'freshwave.build.id', taskId: 'koji.task.id' } as const

/** Koji takes no context of a trace along, so the id of the task leads from here to there. */
export function factSpan(eventId: number, fact: Fact): SpanStart {
  const about = Object.entries(NAMES).flatMap(([field, name]) => {
    const id = Reflect.get(fact, field) as unknown
    return typeof id === 'number' ? [[name, id] as const] : []
  })
  return {
    name: `apply ${fact.kind}`,
    attributes: { 'freshwave.event.id': eventId, ...Object.fromEntries(about) },
  }
}
