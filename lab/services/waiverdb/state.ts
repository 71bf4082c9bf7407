/** The state of the waiver service: all waivers, and which of them are obsolete (behaviour/greenwave 8.4). */
import { pushTo } from '../../push-to.ts'

/** One waiver; it is revoked by adding a newer one with `waived: false`. */
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

/** Waivers in order of creation, and by the identifier of their subject. */
export type WaiverDbState = {
  waivers: LabWaiver[]
  bySubject: Map<string, LabWaiver[]>
  /** Users who may create waivers on behalf of other users. */
  superusers: readonly string[]
}

/** A waiver to add. */
export type NewWaiver = Omit<LabWaiver, 'id' | 'scenario' | 'waived' | 'comment' | 'username' | 'proxiedBy'> &
  Partial<LabWaiver>

/** A service without waivers. */
export function createWaiverDbState(): WaiverDbState {
  return { waivers: [], bySubject: new Map(), superusers: ['superuser'] }
}

/** Adds a waiver; omitted fields get the values of a plain waiver. */
export function addWaiver(state: WaiverDbState, fields: NewWaiver): LabWaiver {
  const waiver: LabWaiver = {
    scenario: null,
    waived: true,
    comment: 'Known problem of the test',
    username: 'alice',
    proxiedBy: null,
    ...fields,
    id: state.waivers.length + 1,
  }
  state.waivers.push(waiver)
  pushTo(state.bySubject, waiver.subjectIdentifier, waiver)
  return waiver
}

/** A newer waiver replaces an older one when these fields are equal; the two listings of the original differ here. */
export const REPLACED_BY = {
  list: ['subjectType', 'subjectIdentifier', 'testCase', 'scenario', 'username', 'productVersion'],
  filtered: ['subjectType', 'subjectIdentifier', 'testCase', 'scenario'],
} as const satisfies Record<string, readonly (keyof LabWaiver)[]>

/** Whether a newer waiver replaces it, independent of the other filters of the request. */
export function isObsolete(
  state: WaiverDbState,
  waiver: LabWaiver,
  listing: keyof typeof REPLACED_BY,
): boolean {
  const sameSubject = state.bySubject.get(waiver.subjectIdentifier) ?? []
  return sameSubject.some(
    (newer) => newer.id > waiver.id && REPLACED_BY[listing].every((field) => newer[field] === waiver[field]),
  )
}
