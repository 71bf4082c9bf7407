/** Finds everything that is wrong with the text of a settings file, with its lines, and sorts its options by their kind. */
import type { z } from 'zod'
import { VARIABLES } from '../env.ts'
import { RULE_LISTS, readClosedNames } from './closed-names.ts'
import { FILE_VARIABLES, SWITCHES, type VariableTexts } from './file-variables.ts'
import { nearestNames } from './nearest.ts'
import { OLD_OPTIONS } from './old-options.ts'
import { problemsOf, type SettingProblem } from './problems.ts'
import { readSettingsText, type SettingsText } from './yaml-lines.ts'

/** An option that the file gives, with its value as written; one without a value is not given. */
export type GivenOption<Name extends string = string> = { option: Name; value: unknown; line: number }

/** An option, or a part of one, that is accepted without effect; `because`: what replaces it, or why nothing does. */
export type IgnoredOption = { option: string; line: number; because: string }

/** The content of a settings file. */
export type InspectedFile<T> = {
  /** Undefined when there are problems. */
  settings: T | undefined
  /** The valid options that have an effect under their own name, and the defaults of those not given. */
  readable: Partial<T>
  given: readonly GivenOption[]
  /** Environment variables that the file sets, and by which option. */
  variables: VariableTexts
  setters: ReadonlyMap<string, GivenOption>
  ignored: readonly IgnoredOption[]
  /** Each `path:line: option: what is expected; found what`. */
  problems: readonly string[]
}

/** @param schema of the options that have an effect under their own name; `path` is only used in error texts */
export function inspectFile<T>(
  schema: z.ZodObject & z.ZodType<T>,
  text: string,
  path: string,
): InspectedFile<T> {
  const yaml = readSettingsText(text, { textual: RULE_LISTS })
  const written = writtenOptions(yaml)
  const given = written.filter(({ value }) => value !== null)
  const effective = schema.safeParse(Object.fromEntries(among(given, schema.shape).map(entryOf)))
  const setters = readSetters(given)
  const set = variablesOf(setters, given)
  const names = given.map(({ option, value }) => readClosedNames(option, value))
  const problems = problemTexts(path, yaml, [
    ...shapeProblems(yaml),
    ...problemsOf(effective.error, [], Object.fromEntries(given.map(entryOf))),
    ...setters.flatMap(({ entry, parsed }) => problemsOf(parsed.error, [entry.option], entry.value)),
    ...names.flatMap((found) => found.problems),
    ...unknownOptions(
      written.map(({ option }) => option),
      optionNames(schema),
    ),
  ])
  return {
    settings: problems.length === 0 ? effective.data : undefined,
    readable: effective.data ?? readableOptions(schema, given),
    given,
    variables: Object.fromEntries(set.map(({ name, variable }) => [name, variable])),
    setters: new Map(set.map(({ name, entry }) => [name, entry])),
    ignored: [
      ...ignoredOptions(given),
      ...names
        .flatMap(({ unused }) => unused)
        .map(({ path: keys, because }) => ({ option: keyText(keys), line: yaml.lineOf(keys), because })),
    ],
    problems,
  }
}

/** The options that set environment variables, with the texts of these. */
function readSetters(given: readonly GivenOption[]) {
  return among(given, FILE_VARIABLES).map((entry) => ({
    entry,
    parsed: FILE_VARIABLES[entry.option].safeParse(entry.value),
  }))
}

/** The environment variables that are set. An empty text sets nothing, nor does an option that is off. */
function variablesOf(setters: ReturnType<typeof readSetters>, given: readonly GivenOption[]) {
  return setters.flatMap(({ entry, parsed }) =>
    Object.entries(isOff(entry, given) ? {} : (parsed.data ?? {})).flatMap(([name, variable]) =>
      variable === '' ? [] : [{ name, variable, entry }],
    ),
  )
}

function ignoredOptions(given: readonly GivenOption[]): IgnoredOption[] {
  const old = among(given, OLD_OPTIONS).map(({ option, line }) => ({
    option,
    line,
    because: OLD_OPTIONS[option].because,
  }))
  const off = among(given, SWITCHES)
    .filter((entry) => entry.value !== '' && isOff(entry, given))
    .map(({ option, line }) => ({ option, line, because: `${SWITCHES[option]} is not true` }))
  return [...old, ...off]
}

/** Everything that is wrong, in the order of the lines. */
function problemTexts(path: string, yaml: SettingsText, problems: readonly SettingProblem[]): string[] {
  const faults = yaml.faults.map(({ line, message }) => ({ line, text: message }))
  const found = problems.map(({ path: keys, problem }) => ({
    line: yaml.lineOf(keys),
    text: `${keyText(keys)}: ${problem}`,
  }))
  return [...faults, ...found]
    .sort((left, right) => left.line - right.line)
    .map(({ line, text }) => `${path}:${line}: ${text}`)
}

/** Whether another option of the file keeps this one from having an effect. */
function isOff({ option }: GivenOption, given: readonly GivenOption[]): boolean {
  const on = Object.hasOwn(SWITCHES, option) ? Reflect.get(SWITCHES, option) : undefined
  return on !== undefined && !given.some((entry) => entry.option === on && entry.value === true)
}

function readableOptions<T>(schema: z.ZodObject & z.ZodType<T>, given: readonly GivenOption[]): Partial<T> {
  const usable = among(given, schema.shape).filter(
    ({ option, value }) => schema.shape[option]?.safeParse(value).success,
  )
  return schema.safeParse(Object.fromEntries(usable.map(entryOf))).data ?? {}
}

/** Every name that a settings file may use at its top level. */
export function optionNames({ shape }: z.ZodObject): string[] {
  return [shape, FILE_VARIABLES, OLD_OPTIONS].flatMap(Object.keys)
}

function writtenOptions({ value, lineOf }: SettingsText): GivenOption[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).map(([option, item]) => ({ option, value: item, line: lineOf([option]) }))
}

function shapeProblems({ value, faults }: SettingsText): SettingProblem[] {
  const isUsable = typeof value === 'object' && !Array.isArray(value)
  return value === undefined || isUsable || faults.length > 0
    ? []
    : [{ path: [], problem: 'expected a mapping of options to values' }]
}

function unknownOptions(options: readonly string[], names: readonly string[]): SettingProblem[] {
  const known = new Set(names)
  return options
    .filter((option) => !known.has(option))
    .map((option) => ({ path: [option], problem: unknownOption(option, names) }))
}

function unknownOption(option: string, names: readonly string[]): string {
  const nearest = nearestNames(option, names)
  const isVariable = VARIABLES.has(option) && !nearest.includes(option.toLowerCase())
  if (isVariable) return 'is an environment variable, not an option of this file'
  return nearest.length > 0
    ? `is not an option; did you mean ${nearest.join(' or ')}?`
    : 'is not an option, and no option has a similar name'
}

function among<Table extends object>(
  given: readonly GivenOption[],
  table: Table,
): GivenOption<keyof Table & string>[] {
  const isIn = (entry: GivenOption): entry is GivenOption<keyof Table & string> =>
    Object.hasOwn(table, entry.option)
  return given.filter(isIn)
}

function entryOf({ option, value }: GivenOption): [string, unknown] {
  return [option, value]
}

function keyText(keys: readonly PropertyKey[]): string {
  const text = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return text.replace(/^\./, '') || 'the whole file'
}
