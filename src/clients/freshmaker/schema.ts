/** Reads rows of Freshmaker's tables, each on its own (behaviour/freshmaker 1.1 to 1.3). */
import { z } from 'zod'
import { eventStateName, eventTypeName } from '../../domain/event.ts'
import type { Comparable, ComparedTable } from '../../domain/import/judge-rows.ts'
import type { ImportedRows, ImportedTable } from '../../domain/import/rows.ts'
import { artifactTypeName, buildStateName, rebuildReasonName } from '../../domain/rebuild/states.ts'
import { isWithinDepth } from '../../lib/json.ts'
import { indexableText, MAX_INTEGER, storableJson, storableText } from '../../lib/storable.ts'

/** A row as a source gives it: every value as text. */
export type SourceRow = Readonly<Record<string, string | null>>

/** Reads rows from one snapshot of the database: what is written meanwhile is not seen. */
export type Connection = {
  /** Runs a statement of `db/queries/import/source-rows.ts`; `values` are those of `$1`, `$2` and so on. */
  read(sql: string, values?: readonly number[]): Promise<SourceRow[]>
  close(): Promise<void>
}

/** Higher ids would leave no room in our sequences. */
export const MAX_IMPORTED_ID = 2_000_000_000
/** The lower limit of ids and other numbers in its tables. */
export const MIN_INTEGER = -2_147_483_648
const MAX_JSON_DEPTH = 100
const MAX_USERNAME = 200

/** `2024-05-01 10:20:30.123456`, as both databases write it; a zone only where the column has one. */
const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?(?:\+00(?::?00)?|Z)?$/
const BOOLEANS: Readonly<Record<string, boolean>> = {
  t: true,
  f: false,
  true: true,
  false: false,
  1: true,
  0: false,
}

const required = z.string({ error: 'is null' })
const text = required.transform(storableText)
/** For columns with an index here. */
const indexed = text.transform(indexableText)
const integer = required.transform((value, ctx) => {
  const number = Number(value)
  if (/^-?\d+$/.test(value) && number >= MIN_INTEGER && number <= MAX_INTEGER) return number
  return fault(ctx, `is not a number that a column can hold: ${shown(value)}`)
})
const id = integer.refine((number) => number <= MAX_IMPORTED_ID, `is above ${MAX_IMPORTED_ID}`)
const time = required.transform((value, ctx) => {
  const [, day, clock, fraction = ''] = TIME.exec(value) ?? []
  const utc = `${day}T${clock}${fraction}Z`
  // A day such as February 30 would become one of March.
  const isReal = day && !Number.isNaN(Date.parse(utc)) && new Date(utc).toISOString().startsWith(day)
  return isReal && !day.startsWith('0000') ? utc : fault(ctx, `is not a time: ${shown(value)}`)
})
const flag = required.transform(
  (value, ctx) => BOOLEANS[value] ?? fault(ctx, `is not a boolean: ${shown(value)}`),
)
/** Texts that hold JSON, rewritten: PostgreSQL refuses some escapes in them. */
const json = required.transform((value, ctx) => {
  if (value === '') return value
  const parsed = parseJson(value)
  if (parsed === undefined) return fault(ctx, `is not valid JSON: ${shown(value)}`)
  return isWithinDepth(parsed, MAX_JSON_DEPTH) ? storableJson(parsed) : fault(ctx, 'is nested too deep')
})

/** A number that stands for a name of a table. */
function named<T>(what: string, nameOf: (number: number) => T | undefined) {
  return integer.transform((number, ctx) => nameOf(number) ?? fault(ctx, `unknown ${what} ${number}`))
}
const known = (what: string, nameOf: (number: number) => string | undefined) =>
  integer.refine((number) => nameOf(number) !== undefined, {
    error: ({ input }) => `unknown ${what} ${input}`,
  })

const user = z.object({
  id,
  username: text.refine(({ length }) => length <= MAX_USERNAME, `is longer than ${MAX_USERNAME} characters`),
})

const event = z.object({
  id,
  messageId: indexed,
  searchKey: indexed,
  eventTypeId: named('event type', (number) => (eventTypeName(number) ? number : undefined)),
  released: flag.nullable(),
  state: named('event state', eventStateName),
  stateReason: text.nullable(),
  timeCreated: time.nullable(),
  timeDone: time.nullable(),
  dryRun: flag.nullable(),
  requester: indexed.nullable(),
  requestedRebuilds: text.nullable(),
  requesterMetadata: json.nullable(),
  manualTriggered: flag.nullable(),
})

const build = z
  .object({
    id,
    name: indexed,
    originalNvr: indexed.nullable(),
    rebuiltNvr: indexed.nullable(),
    type: known('artifact type', artifactTypeName).nullable(),
    state: named('build state', buildStateName),
    stateReason: text.nullable(),
    timeSubmitted: time,
    timeCompleted: time.nullable(),
    depOnId: integer.nullable(),
    eventId: integer.nullable(),
    taskId: integer.nullable(),
    buildArgs: json.nullable(),
    rebuildReason: known('rebuild reason', rebuildReasonName).nullable(),
    bundlePullspecOverrides: json.nullable(),
  })
  .transform((row) => ({ ...row, ...argumentsOf(row.buildArgs), verificationNote: null }))

const argumentsSchema = z.object({
  retry_count: z.number().int().min(0).max(MAX_INTEGER).catch(0),
  target: z.string().nullable().catch(null),
})

/** The two arguments that have columns of their own here. */
function argumentsOf(buildArgs: string | null): { retryCount: number; target: string | null } {
  const read = argumentsSchema.safeParse(buildArgs ? parseJson(buildArgs) : null)
  return read.success
    ? { retryCount: read.data.retry_count, target: read.data.target }
    : { retryCount: 0, target: null }
}

const SCHEMAS: { [T in ImportedTable]: z.ZodType<ImportedRows[T]> } = {
  users: user,
  events: event as z.ZodType<ImportedRows['events']>, // the table of types has the number
  composes: z.object({ id, odcsComposeId: integer }),
  artifact_builds: build,
  artifact_build_composes: z.object({ buildId: integer, composeId: integer, odcsComposeId: integer }),
  event_dependencies: z.object({ id, eventId: integer, dependsOnId: integer }),
}

const COMPARABLE: { [T in ComparedTable]: z.ZodType<Comparable[T]> } = {
  users: user,
  events: z.object({ id, messageId: indexed }),
  composes: SCHEMAS.composes,
  artifact_builds: z.object({
    id,
    name: indexed,
    originalNvr: indexed.nullable(),
    rebuiltNvr: indexed.nullable(),
    eventId: integer.nullable(),
    depOnId: integer.nullable(),
  }),
  event_dependencies: SCHEMAS.event_dependencies,
}

/** What is compared of rows; odd ones are left out. */
export function readComparable<T extends ComparedTable>(
  table: T,
  rows: readonly SourceRow[],
): Comparable[T][] {
  return rows.flatMap((row) => COMPARABLE[table].safeParse(row).data ?? [])
}

/** The row, or why it cannot be imported. */
export type ReadRow<T extends ImportedTable> = { row: ImportedRows[T] } | { odd: string }

/** Reads one row; an odd one affects only itself. */
export function readRow<T extends ImportedTable>(table: T, source: SourceRow): ReadRow<T> {
  const result = SCHEMAS[table].safeParse(source)
  if (result.success) return { row: result.data }
  const faults = result.error.issues.map(({ path, message }) => `${columnOf(path.join('.'))} ${message}`)
  return { odd: faults.join('; ') }
}

const RENAMED: Readonly<Record<string, string>> = { taskId: 'build_id', dependsOnId: 'event_dependency_id' }

/** The name that the column has in the database. */
function columnOf(field: string): string {
  return RENAMED[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A refused value, cut; control characters are escaped where it is printed. */
function shown(value: string): string {
  return value.length > 40 ? `${value.slice(0, 40).toWellFormed()}…` : value
}

function fault(ctx: z.core.$RefinementCtx, message: string): never {
  ctx.addIssue({ code: 'custom', message })
  return z.NEVER
}

/** Undefined for text that is not valid JSON. */
function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}
