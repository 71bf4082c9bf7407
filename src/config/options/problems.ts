/** Turns what a schema finds wrong with a setting into words: what is expected there, and what was found. */
import type { z } from 'zod'
import { hideSecrets } from '../secrets.ts'
import type { KeyPath } from './yaml-lines.ts'

/** Something wrong in the settings file. */
export type SettingProblem = { path: KeyPath; problem: string }

type Issue = z.core.$ZodIssue

const MAX_QUOTED = 60
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
}

/** The problems about `value`, which is at `base` in the file. Secrets are not quoted. */
export function problemsOf(error: z.ZodError | undefined, base: KeyPath, value: unknown): SettingProblem[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], problem: 'is not expected here' }))
    const found = issue.code === 'custom' ? '' : `; found ${quoted(path, valueAt(value, issue.path))}`
    return [{ path, problem: issueText(issue) + found }]
  })
}

/** What is expected, without the subject of the sentence. A message that the schema itself gives is kept. */
export function issueText(issue: Issue): string {
  const isStandard = /^Invalid (input|option)/.test(issue.message)
  if (issue.code === 'invalid_type' && isStandard)
    return `expected ${TYPES[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value' && isStandard)
    return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
  if (issue.code === 'too_small' && issue.message.startsWith('Too small'))
    return `expected ${issue.inclusive ? 'at least' : 'more than'} ${min(issue)}`
  if (issue.code === 'too_big') return `expected at most ${issue.maximum}`
  const [inner] = issue.code === 'invalid_key' ? issue.issues : []
  return inner ? issueText(inner) : issue.message
}

function min({ origin, minimum }: { origin: string; minimum: number | bigint }): string {
  return origin === 'string' ? `${minimum} character` : String(minimum)
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}

function quoted(path: KeyPath, value: unknown): string {
  const text = JSON.stringify(hideSecrets(path.map(String).join('.'), value))
  if (text === undefined) return 'nothing'
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text
}
