/** What the waiver service remembers: every waiver ever given, and which of them still count (behaviour/greenwave 8.4). */

/** One waiver; to take it back, a newer one with `waived: false` is added. */
export type LabWaiver = {
  id: number
  subjectType: string
  subjectIdentifier: string
  testCase: string
  /** null: all scenarios. */
  scenario: string | null
  productVersion: string
  waived: boolean
  comment: string
  username: string
  proxiedBy: string | null
  /** `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC: sorts as text. */
  givenAt: string
}

/** Waivers in the order they came, and by the identifier of their subject. */
export type WaiverDbState = {
  waivers: LabWaiver[]
  bySubject: Map<string, LabWaiver[]>
  /** Who may give waivers in the name of others. */
  superusers: readonly string[]
}

/** A waiver to be added. */
export type NewWaiver = Omit<LabWaiver, 'id' | 'scenario' | 'waived' | 'comment' | 'username' | 'proxiedBy'> &
  Partial<LabWaiver>

/** A service without waivers. */
export function createWaiverDbState(): WaiverDbState {
  return { waivers: [], bySubject: new Map(), superusers: ['superuser'] }
}

/** Takes a waiver in; what is left out is that of a plain waiver. */
export function addWaiver(state: WaiverDbState, given: NewWaiver): LabWaiver {
  const waiver: LabWaiver = {
    scenario: null,
    waived: true,
    comment: 'Known problem of the test',
    username: 'alice',
    proxiedBy: null,
    ...given,
    id: state.waivers.length + 1,
  }
  state.waivers.push(waiver)
  const alike = state.bySubject.get(waiver.subjectIdentifier)
  if (alike) alike.push(waiver)
  else state.bySubject.set(waiver.subjectIdentifier, [waiver])
  return waiver
}

/** What makes a newer waiver replace an older one: the two listings of the original differ in it. */
export const REPLACED_BY = {
  list: ['subjectType', 'subjectIdentifier', 'testCase', 'scenario', 'username', 'productVersion'],
  filtered: ['subjectType', 'subjectIdentifier', 'testCase', 'scenario'],
} as const satisfies Record<string, readonly (keyof LabWaiver)[]>

/** Whether a newer waiver stands in its place, whoever asks and whatever else they filter by. */
export function isObsolete(
  state: WaiverDbState,
  waiver: LabWaiver,
  listing: keyof typeof REPLACED_BY,
): boolean {
  const alike = state.bySubject.get(waiver.subjectIdentifier) ?? []
  return alike.some(
    (other) => other.id > waiver.id && REPLACED_BY[listing].every((field) => other[field] === waiver[field]),
  )
}
