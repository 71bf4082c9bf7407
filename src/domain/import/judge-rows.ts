/** Decides which rows of Freshmaker are new here, which are here already, and which collide with another row here. */
import type { BuildRow, ComposeRow, DependencyRow, EventRow, ImportedRows, UserRow } from './rows.ts'

/** The columns that are compared between a row here and one of Freshmaker. */
export type Comparable = {
  users: UserRow
  events: Pick<EventRow, 'id' | 'messageId'>
  composes: ComposeRow
  artifact_builds: Pick<BuildRow, 'id' | 'name' | 'originalNvr' | 'rebuiltNvr' | 'eventId' | 'depOnId'>
  event_dependencies: DependencyRow
}
/** The tables whose rows have ids. */
export type ComparedTable = keyof Comparable
/** All of them. */
export const COMPARED_TABLES = [
  'users',
  'events',
  'composes',
  'artifact_builds',
  'event_dependencies',
] as const satisfies readonly ComparedTable[]

/** One unique value of a row, and the name of the value. */
type Key = readonly [name: string, value: string]
type Rules<Row> = {
  /** Rows with the same id are the same thing if they have this in common; also what people are shown of it. */
  identityOf(row: Row): string
  /** Values that no two rows here may have in common. */
  keysOf(row: Row): readonly Key[]
  /** Whether a row with the same unique value is the same thing, even if its id is another one. */
  isSameByKey: boolean
}

const RULES: { [T in ComparedTable]: Rules<Comparable[T]> } = {
  users: {
    identityOf: ({ username }) => `username ${username}`,
    keysOf: ({ username }) => [['username', username]],
    isSameByKey: true,
  },
  events: {
    identityOf: ({ messageId }) => `message_id ${messageId}`,
    keysOf: ({ messageId }) => [['message_id', messageId]],
    isSameByKey: false,
  },
  composes: {
    identityOf: ({ odcsComposeId }) => `odcs_compose_id ${odcsComposeId}`,
    keysOf: ({ odcsComposeId }) => [['odcs_compose_id', String(odcsComposeId)]],
    isSameByKey: true,
  },
  artifact_builds: {
    identityOf: ({ name, originalNvr, eventId }) => `${originalNvr ?? name} of event ${eventId}`,
    keysOf: ({ originalNvr, rebuiltNvr, eventId }) => [
      ...(originalNvr === null || eventId === null
        ? []
        : ([['original_nvr in its event', `${eventId} ${originalNvr}`]] as const)),
      ...(rebuiltNvr === null ? [] : ([['rebuilt_nvr', rebuiltNvr]] as const)),
    ],
    isSameByKey: false,
  },
  event_dependencies: {
    identityOf: ({ eventId, dependsOnId }) => `event ${eventId} on event ${dependsOnId}`,
    keysOf: ({ eventId, dependsOnId }) => [['pair', `${eventId} ${dependsOnId}`]],
    isSameByKey: true,
  },
}

/** A row that is not imported, with the reason. */
export type Refused = { id: number | string; reason: string }

/** The new rows, those that are here already, and those that are refused. */
export type JudgedRows<Row> = { fresh: Row[]; present: Row[]; refused: Refused[] }

/** Sorts rows of Freshmaker into new, present and refused ones. @param known all rows here that have an id or a unique value of any of `rows` */
export function judgeRows<T extends ComparedTable>(
  table: T,
  rows: readonly ImportedRows[T][],
  known: readonly Comparable[T][],
): JudgedRows<ImportedRows[T]> {
  const { identityOf, keysOf, isSameByKey }: Rules<Comparable[T]> = RULES[table]
  const byId = new Map(known.map((row) => [row.id, row]))
  const holders = new Map<string, number>()
  const hold = (row: Comparable[T]) => {
    for (const key of keysOf(row)) holders.set(key.join('\0'), row.id)
  }
  for (const row of known) hold(row)
  const judged: JudgedRows<ImportedRows[T]> = { fresh: [], present: [], refused: [] }
  for (const row of rows) {
    const here = byId.get(row.id)
    const taken = keysOf(row).find((key) => holders.has(key.join('\0')))
    if (here && identityOf(here) === identityOf(row)) judged.present.push(row)
    else if (here) judged.refused.push({ id: row.id, reason: `has the id of ${identityOf(here)}` })
    else if (taken && isSameByKey) judged.present.push(row)
    else if (taken)
      judged.refused.push({
        id: row.id,
        reason: `has the ${taken[0]} of row ${holders.get(taken.join('\0'))}`,
      })
    else {
      hold(row)
      judged.fresh.push(row)
    }
  }
  return judged
}

/** An id that stands for one thing here and for another one there. */
export type Conflict = { table: ComparedTable; id: number; here: string; there: string }

/** Finds ids that stand for different things. @param there rows of Freshmaker; ids that only one side has do not conflict */
export function findConflicts<T extends ComparedTable>(
  table: T,
  here: readonly Comparable[T][],
  there: readonly Comparable[T][],
): Conflict[] {
  const { identityOf }: Rules<Comparable[T]> = RULES[table]
  const byId = new Map(here.map((row) => [row.id, identityOf(row)]))
  return there.flatMap((row) => {
    const known = byId.get(row.id)
    const there = identityOf(row)
    return known === undefined || known === there ? [] : [{ table, id: row.id, here: known, there }]
  })
}
