/** Arguments in paths and queries: what each kind accepts, and the error text for invalid values. */
import { z } from '@hono/zod-openapi'
import { MAX_INTEGER } from '../../lib/storable.ts'

/** Replaces ids that exceed the column's range; no row has it, so the answer is 404. */
const UNUSED_ID = -1

const idUpTo = (max: number) =>
  z.object({
    id: z
      .string()
      .regex(/^\d+$/)
      .transform((digits) => (Number(digits) <= max ? Number(digits) : UNUSED_ID))
      .openapi({ type: 'integer', minimum: 0, example: 1, param: { name: 'id', in: 'path' } }),
  })

/** `{id}` in a path: digits. */
export const idInPath = idUpTo(MAX_INTEGER)

/** The same where the column is a `bigint`, as for messages: a busy bus uses up the other numbers within years. */
export const longIdInPath = idUpTo(Number.MAX_SAFE_INTEGER)

/** Text without restrictions. */
export const text = z.string()

/** An integer; `name` is the name of the argument, for the error text. */
export const integer = (name: string) =>
  z.string().transform((value, issues) => {
    if (/^[+-]?\d+$/.test(value)) return Number(value)
    issues.addIssue(`Invalid ${name} was supplied: ${value}`)
    return z.NEVER
  })

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
/** Year 1970 to 9999: what both JavaScript and PostgreSQL can write. */
const MAX_MS = Date.UTC(9999, 11, 31)

/** A time: ISO 8601 (UTC where no zone is given), or how long ago it was, such as `7d`, `12h`, `30m`, `2w`. */
export const instant = (name: string, now: () => Date) =>
  z.string().transform((value, issues) => {
    const at = agoMs(value, now()) ?? isoMs(value)
    if (at !== undefined && at >= 0 && at <= MAX_MS) return new Date(at)
    issues.addIssue(
      `Invalid ${name} was supplied: ${value} (expected a time such as 2026-01-31T08:00:00Z, or 7d)`,
    )
    return z.NEVER
  })

function agoMs(value: string, now: Date): number | undefined {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(value) ?? []
  return count === undefined
    ? undefined
    : now.getTime() - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS] // by the pattern
}

function isoMs(value: string): number | undefined {
  const [, zone] = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(value) ?? [
    undefined,
    null,
  ]
  if (zone === null) return undefined
  const at = Date.parse(zone === undefined && value.includes('T') ? `${value}Z` : value)
  return Number.isNaN(at) ? undefined : at
}

/** A name from the table in any case, or any number: unknown numbers match no row. */
export const nameOrNumber = (ids: Readonly<Record<string, number>>, wrong: (value: string) => string) =>
  z.string().transform((value, issues) => {
    const id = /^\d+$/.test(value) ? Number(value) : ids[value.toUpperCase()]
    if (id !== undefined) return id
    issues.addIssue(wrong(value))
    return z.NEVER
  })

/** A name from the table in any case, or its number. */
export const nameOrId = (ids: Readonly<Record<string, number>>, wrong: string) =>
  nameOrNumber(ids, () => wrong).refine((id) => Object.values(ids).includes(id), { error: wrong })

/** A sort key, prefixed with `-` for descending order (behaviour/freshmaker 2.5; the original's text has the misspelling). */
export const sortKey = <Key extends string>(keys: readonly Key[]) =>
  z.string().transform((value, issues) => {
    const key = keys.find((known) => known === value.replace(/^-/, ''))
    if (key !== undefined) return { key, descending: value.startsWith('-') }
    const allowed = keys.map((known) => `'${known}'`).join(', ')
    issues.addIssue(`An invalid order_by key was suplied, allowed keys are: [${allowed}]`)
    return z.NEVER
  })

/** One of these names. */
export const oneOf = <Name extends string>(name: string, names: readonly Name[]) =>
  z.string().transform((value, issues) => {
    const known = names.find((each) => each === value)
    if (known !== undefined) return known
    issues.addIssue(`Invalid ${name} was supplied: ${value} (one of ${names.join(', ')})`)
    return z.NEVER
  })

/** For the OpenAPI document: a repeatable argument of texts. */
export const textList = (description?: string) => ({
  type: 'array' as const,
  items: { type: 'string' as const },
  ...(description !== undefined && { description }),
})

/** An argument that may be repeated; rows match if they match any of its values. */
export function repeatable<Out>(item: z.ZodType<Out, string>) {
  return z.preprocess(toList, z.array(item).optional()).optional()
}

/** An argument of which only the first value counts; an empty value counts as missing. */
export function single<Out>(item: z.ZodType<Out, string>) {
  return z.preprocess(firstNotEmpty, item.optional()).optional()
}

/** An argument of which only the first value counts, also when that is empty. */
export function first<Out>(item: z.ZodType<Out, string>) {
  return z.preprocess((value) => (Array.isArray(value) ? value[0] : value), item.optional()).optional()
}

function toList(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value
}

function firstNotEmpty(value: unknown): unknown {
  return (Array.isArray(value) ? value[0] : value) || undefined
}
