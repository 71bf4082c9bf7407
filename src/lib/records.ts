/** Reads lists from outside record by record: one that cannot be read affects only itself, and is reported with its reason. */
import { z } from 'zod'

/** A record that cannot be read: where it was in its list, and what is wrong there. Holds nothing of its content. */
export type Unreadable = { path: string; message: string }

/** The records of a list that can be read, in order, and what is known of the others. */
export type Records<T> = { read: T[]; unreadable: Unreadable[] }

/** Stands for a list that a service refuses to give, or answers oddly: one unreadable record with that reason. */
export function unreadableList(error: Error): Records<never> {
  return { read: [], unreadable: [{ path: 'answer', message: error.message }] }
}

/** Takes what could not be read of one answer; `what` names the request. */
export type ReportUnreadable = (answer: {
  service: string
  what: string
  unreadable: readonly Unreadable[]
}) => void

/** A list whose records are read one by one. Anything but a list is refused as a whole. */
export function recordsOf<S extends z.ZodType>(record: S) {
  return z
    .array(z.unknown())
    .transform(
      (items): Records<z.output<S>> =>
        joined(items.map((item, index) => readRecord(record, item, String(index)))),
    )
}

/** The same where the list may be missing. A value that is not a list is one unreadable record. */
export function optionalRecordsOf<S extends z.ZodType>(record: S) {
  const list = recordsOf(record)
  return z.optional(z.unknown()).transform((value): Records<z.output<S>> => {
    if (value === null || value === undefined) return { read: [], unreadable: [] }
    const result = list.safeParse(value)
    return result.success ? result.data : { read: [], unreadable: [{ path: '', message: 'is not a list' }] }
  })
}

/** A step into nested JSON: every entry of a list or object, or the member of that name. */
export type PathStep = { every: true } | { member: string }
export const EVERY: PathStep = { every: true }
/** The member of that name; where it is missing or null there is nothing below it. */
export function member(name: string): PathStep {
  return { member: name }
}

/** A leaf of nested JSON, and the names (or numbers) of the entries that led to it. */
export type Leaf<T> = { keys: string[]; value: T }

/** The leaves that `steps` lead to, each read on its own; whatever cannot be walked through is an unreadable record. */
export function leavesOf<S extends z.ZodType>(steps: readonly PathStep[], leaf: S) {
  return z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .transform((value): Records<Leaf<z.output<S>>> => walk(value, steps, leaf, [], ''))
}

function walk<S extends z.ZodType>(
  value: unknown,
  [step, ...rest]: readonly PathStep[],
  leaf: S,
  keys: string[],
  path: string,
): Records<Leaf<z.output<S>>> {
  if (!step) {
    const { read, unreadable } = readRecord(leaf, value, path)
    return { read: read.map((leafValue) => ({ keys, value: leafValue })), unreadable }
  }
  if (typeof value !== 'object' || value === null)
    return { read: [], unreadable: [{ path, message: 'is neither a list nor an object' }] }
  if ('member' in step) {
    const inner: unknown = Object.hasOwn(value, step.member) ? Reflect.get(value, step.member) : null
    if (inner === null || inner === undefined) return { read: [], unreadable: [] }
    return walk(inner, rest, leaf, keys, below(path, step.member))
  }
  return joined(
    Object.entries(value).map(([key, inner]) => walk(inner, rest, leaf, [...keys, key], below(path, key))),
  )
}

function readRecord<S extends z.ZodType>(schema: S, value: unknown, path: string): Records<z.output<S>> {
  const result = schema.safeParse(value)
  if (result.success) return { read: [result.data], unreadable: [] }
  const [issue] = result.error.issues
  const inner = issue?.path.join('.') ?? ''
  return { read: [], unreadable: [{ path: below(path, inner), message: issue?.message ?? '' }] }
}

function joined<T>(parts: readonly Records<T>[]): Records<T> {
  return {
    read: parts.flatMap(({ read }) => read),
    unreadable: parts.flatMap(({ unreadable }) => unreadable),
  }
}

/** Joins two parts of a place in JSON, each of which may be empty. */
export function below(path: string, step: string): string {
  return path && step ? `${path}.${step}` : path || step
}

/** What could not be read of a checked answer: answers with lists have it in their member `unreadable`. */
export function unreadableIn(answer: unknown): Unreadable[] {
  if (typeof answer !== 'object' || answer === null || !('unreadable' in answer)) return []
  return Array.isArray(answer.unreadable) ? answer.unreadable : []
}

const MAX_SHOWN = 3

/** As text for people: the first few places with their faults. */
export function unreadableText(unreadable: readonly Unreadable[]): string {
  const shown = unreadable
    .slice(0, MAX_SHOWN)
    .map(({ path, message }) => `'${path.slice(0, 100)}': ${message}`)
  const omitted = unreadable.length - shown.length
  return shown.join('; ') + (omitted > 0 ? ` and ${omitted} more` : '')
}
