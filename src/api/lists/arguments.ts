/** Arguments in paths and queries: what each kind accepts, and the text that tells what is wrong with one. */
import { z } from '@hono/zod-openapi'

const LARGEST_INTEGER = 2_147_483_647
/** What an id that no column can hold is read as: a row that is not there. */
const NOBODY = -1

/** `{id}` of a path: digits. */
export const idInPath = z.object({
  id: z
    .string()
    .regex(/^\d+$/)
    .transform((digits) => (Number(digits) <= LARGEST_INTEGER ? Number(digits) : NOBODY))
    .openapi({ type: 'integer', minimum: 0, example: 1, param: { name: 'id', in: 'path' } }),
})

/** A text, taken as it is. */
export const text = z.string()

/** An integer; `name` is the argument's, for the error text. */
export const integer = (name: string) =>
  z.string().transform((value, issues) => {
    if (/^[+-]?\d+$/.test(value)) return Number(value)
    issues.addIssue(`Invalid ${name} was supplied: ${value}`)
    return z.NEVER
  })

/** A name of the table in any case, or any number: one that is not in the table will match nothing. */
export const nameOrNumber = (ids: Readonly<Record<string, number>>, wrong: (value: string) => string) =>
  z.string().transform((value, issues) => {
    const id = /^\d+$/.test(value) ? Number(value) : ids[value.toUpperCase()]
    if (id !== undefined) return id
    issues.addIssue(wrong(value))
    return z.NEVER
  })

/** A name of the table in any case, or its number. */
export const nameOrId = (ids: Readonly<Record<string, number>>, wrong: string) =>
  nameOrNumber(ids, () => wrong).refine((id) => Object.values(ids).includes(id), { error: wrong })

/** A field to sort by, `-` before it for descending (behaviour/freshmaker 2.5; the misspelling is part of the text). */
export const sortKey = <Key extends string>(keys: readonly Key[]) =>
  z.string().transform((value, issues) => {
    const key = keys.find((known) => known === value.replace(/^-/, ''))
    if (key !== undefined) return { key, descending: value.startsWith('-') }
    const allowed = keys.map((known) => `'${known}'`).join(', ')
    issues.addIssue(`An invalid order_by key was suplied, allowed keys are: [${allowed}]`)
    return z.NEVER
  })

/** An argument that may be given several times: any of the values may match. */
export function repeatable<Out>(item: z.ZodType<Out, string>) {
  return z.preprocess(toList, z.array(item).optional()).optional()
}

/** An argument of which the first value counts, and none if that is empty. */
export function single<Out>(item: z.ZodType<Out, string>) {
  return z.preprocess(firstNotEmpty, item.optional()).optional()
}

function toList(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value
}

function firstNotEmpty(value: unknown): unknown {
  return (Array.isArray(value) ? value[0] : value) || undefined
}
