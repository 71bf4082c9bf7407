/** Counters under the original names (behaviour/freshmaker 11): their series, and how the sums of all processes are shown. */
import { Counter, Gauge, type Registry } from 'prom-client'

/** Every counter with its help text; exposed with `_total` behind the name. */
const COUNTERS = {
  messaging_rx: 'Messages received from the bus',
  messaging_rx_ignored: 'Messages received that were ignored',
  messaging_rx_processed_ok: 'Messages received that were handled',
  messaging_rx_failed: 'Messages received that could not be handled',
  messaging_tx_to_send: 'Messages written to the outbox',
  messaging_tx_sent_ok: 'Messages accepted by the broker',
  messaging_tx_failed: 'Failed attempts to send a message',
  db_engine_connect: 'Database connections opened',
  db_handle_error: 'Database errors',
  db_transaction_rollback: 'Database transactions rolled back',
  freshmaker_artifact_build_done: 'Builds that succeeded',
  freshmaker_artifact_build_failed: 'Builds that failed',
  freshmaker_artifact_build_canceled: 'Builds that were canceled',
  freshmaker_event_complete: 'Events that completed',
  freshmaker_event_failed: 'Events that failed',
  freshmaker_event_skipped: 'Events that were skipped',
  freshmaker_event_canceled: 'Events that were canceled',
  total_decision_exceptions: 'Requests for a decision that ended without one',
  decision_changed: 'Decisions that a message has changed',
  decision_unchanged: 'Decisions that a message has not changed',
  decision_failed: 'Decisions that could not be made for a message',
  decision_unresolved_versions: 'Product version patterns of policies that match no known version',
} as const
export type CounterName = keyof typeof COUNTERS

/** A counter, or one series of it: the name, and behind a space its labels as JSON. */
export type CounterKey = CounterName | `${CounterName} ${string}`

const LABEL_NAMES = ['decision_context', 'handler'] as const
type Labels = Partial<Record<(typeof LABEL_NAMES)[number], string>>

/** The series of a counter with these labels; equal labels give equal keys. */
export function labelled(name: CounterName, labels: Labels): CounterKey {
  const known = LABEL_NAMES.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]]))
  return known.length === 0 ? name : `${name} ${JSON.stringify(Object.fromEntries(known))}`
}

/** The series of a counter of messages; messages of the gate are counted separately for each service that they come from. */
export function ofHandler(name: CounterName, handler: string | null | undefined): CounterKey {
  return handler ? labelled(name, { handler }) : name
}

/** Increments by counter and series; unchanged ones are left out. */
export type Increments = Partial<Record<CounterKey, number>>
/** What all processes have counted together, and since when. */
export type CounterSums = ReadonlyMap<string, { value: number; since: Date }>

/** The classic text format has no creation time, so each counter has a second series `_created`, as in the original. */
export function addCounters(registry: Registry, started: number): (sums: CounterSums | null) => void {
  const options = { labelNames: LABEL_NAMES, registers: [registry] }
  const series = new Map(
    Object.entries(COUNTERS).map(([name, help]) => [
      name,
      {
        total: new Counter({ name: `${name}_total`, help, ...options }),
        created: new Gauge({ name: `${name}_created`, help: `When counting began: ${help}`, ...options }),
      },
    ]),
  )
  return (sums) => {
    for (const { total, created } of series.values()) {
      total.reset()
      created.reset()
      if (!sums) continue
      total.inc(0)
      created.set(started)
    }
    for (const [key, { value, since }] of sums ?? []) {
      const { name, labels } = seriesOf(key)
      series.get(name)?.total.inc(labels, value)
      series.get(name)?.created.set(labels, since.getTime() / 1000)
    }
  }
}

function seriesOf(key: string): { name: string; labels: Labels } {
  const [name = '', ...labels] = key.split(/ (.*)/s)
  return { name, labels: labels[0] ? JSON.parse(labels[0]) : {} }
}
