/** Values by subject, without making a text of every subject that is looked up: judging does so for every rule. */
import type { Subject } from './subject.ts'

/** Equal subjects are the same key. */
export type SubjectMap<V> = {
  get: (subject: Subject) => V | undefined
  set: (subject: Subject, value: V) => void
  /** Those of one type after those of another. */
  values: () => V[]
}

/** Nothing in it yet. */
export function createSubjectMap<V>(): SubjectMap<V> {
  const byType = new Map<string, Map<string, V>>()
  return {
    get: ({ type, identifier }) => byType.get(type.id)?.get(identifier),
    set: ({ type, identifier }, value) => {
      const ofType = byType.get(type.id)
      if (ofType) ofType.set(identifier, value)
      else byType.set(type.id, new Map([[identifier, value]]))
    },
    values: () => [...byType.values()].flatMap((ofType) => [...ofType.values()]),
  }
}
