/** The parts of the service's JSON answers that the demo shows. */

/** A build as returned by `/api/1`. */
export type BuildAnswer = {
  id: number
  name: string
  original_nvr: string
  rebuilt_nvr: string | null
  state_name: 'PLANNED' | 'BUILD' | 'DONE' | 'FAILED' | 'CANCELED'
  state_reason: string | null
  dep_on_id: number | null
  rebuild_reason: string
  build_args: { retry_count?: number }
}

/** An event as returned by `/api/1`. */
export type EventAnswer = {
  id: number
  search_key: string
  state_name: string
  state_reason: string | null
  time_created: string
  time_done: string | null
  builds: BuildAnswer[]
}

/** One page of a list. */
export type PageAnswer<T> = { items: T[]; meta: { total: number; pages: number } }

/** Why an image was rebuilt or not. */
export type ReasonAnswer = { nvr: string; outcome: 'rebuild' | 'not-rebuilt'; rule: string; reason: string }

/** The parts of a gate decision that are shown. */
export type DecisionAnswer = { policies_satisfied: boolean; summary: string }
