/** All settings of a process: the parsed environment and the parsed settings file. */
import { BadSettings } from '../lib/errors.ts'
import { authProblems } from './auth.ts'
import { type Environment, type EnvironmentTexts, readableEnvironment, readEnvironment } from './env.ts'
import { type FileSettings, readSettingsFile } from './file.ts'
import { type MisspelledVariable, misspelledVariables } from './misspelled-variables.ts'
import { type IgnoredVariable, ignoredVariables } from './old-variables.ts'
import type { IgnoredOption, InspectedFile } from './options/inspect.ts'
import { portProblems } from './ports.ts'
import { tlsFileProblems } from './tls-files.ts'

/** `env` holds URLs, secrets and switches; `file` holds the structured options. */
export type Settings = { env: Environment; file: FileSettings }

/** Both sources as far as they can be read, with all that is wrong in them. */
export type InspectedSettings = {
  /** Undefined when there are problems. */
  settings: Settings | undefined
  problems: readonly string[]
  path: string
  file: InspectedFile<FileSettings>
  /** What the environment itself sets; an empty variable is not set. */
  given: Record<string, string>
  /** The variables, of the environment or the file, that are valid. */
  readable: Partial<Environment>
}

/** Where settings are read from; without `path` the environment names the settings file. */
export type SettingsSources = { path?: string; environment?: EnvironmentTexts; installed?: EnvironmentTexts }

/**
 * Reads both sources and never throws. Of a variable that is set more than once, the environment precedes the file, and
 * that precedes `installed`, which has what the installation sets in place of the defaults.
 */
export function inspectSettings(sources: SettingsSources = {}): InspectedSettings {
  const { environment = process.env, installed = {} } = sources
  const given = withoutEmpty({
    ...inUpperCase(environment),
    ...(sources.path && { FRESHWAVE_CONFIG: sources.path }),
  })
  const path = given['FRESHWAVE_CONFIG'] ?? installed.FRESHWAVE_CONFIG ?? 'conf/freshwave.yaml'
  const file = readSettingsFile(path)
  const texts = { ...installed, ...file.variables, ...given }
  const found: string[] = []
  const env = collect(found, () => readEnvironment(texts))
  const both = env && file.settings && { env, file: file.settings }
  found.push(...(both ? authProblems(both) : []))
  const problems = [...found.map((problem) => placed(problem, file, path, given)), ...file.problems]
  const settings = problems.length === 0 ? both : undefined
  return { settings, problems, path, file, given, readable: readableEnvironment(texts) }
}

/**
 * Reads both sources, and every TLS file that they name: a process that starts with these settings must be able to use them.
 * @throws BadSettings with every problem in any
 */
export function readSettings(sources?: SettingsSources): Settings {
  return readWithIgnored(sources).settings
}

/** The same with what has no effect, for a program with a log; `servesApi`: it listens on PORT. @throws BadSettings */
export function readWithIgnored(
  sources?: SettingsSources,
  { servesApi = false } = {},
): {
  settings: Settings
  path: string
  ignored: readonly IgnoredOption[]
  ignoredVariables: readonly IgnoredVariable[]
  misspelled: readonly MisspelledVariable[]
} {
  const inspected = inspectSettings(sources)
  const { settings, path, file, given } = inspected
  const problems = serviceProblems(inspected, { servesApi })
  if (!settings || problems.length > 0) throw new BadSettings(problems)
  return {
    settings,
    path,
    ignored: file.ignored,
    ignoredVariables: ignoredVariables(given),
    misspelled: misspelledVariables(given),
  }
}

/** All that keeps a program from starting with these settings: their own problems, those of the TLS files they name, and of its ports. */
export function serviceProblems(
  { problems, readable, file, path, given }: InspectedSettings,
  { servesApi = true } = {},
): string[] {
  const nameOf = (option: string) => {
    const line = file.given.find((entry) => entry.option === option)?.line
    return `${path}${line ? `:${line}` : ''}: ${option}`
  }
  const ports = servesApi ? portProblems(readable).map((problem) => placed(problem, file, path, given)) : []
  return [...problems, ...ports, ...tlsFileProblems(readable, file.readable, nameOf)]
}

/** A problem of an option of the file has its line; one of a variable that the file sets is one of its option there. */
function placed(
  problem: string,
  { setters, given: options }: InspectedFile<FileSettings>,
  path: string,
  given: object,
): string {
  const [variable = ''] = problem.split(':', 1)
  const written = options.find(({ option }) => option === variable)
  if (written) return `${path}:${written.line}: ${problem}`
  const setter = Object.hasOwn(given, variable) ? undefined : setters.get(variable)
  return setter
    ? `${path}:${setter.line}: ${setter.option}${problem.slice(variable.length)} (it sets ${variable})`
    : problem
}

/** Gives the proxy variables, which are often set in lower case, their upper-case names; one set in upper case precedes. */
function inUpperCase(environment: EnvironmentTexts): EnvironmentTexts {
  const { https_proxy: HTTPS_PROXY, no_proxy: NO_PROXY } = environment
  return { HTTPS_PROXY, NO_PROXY, ...environment }
}

function withoutEmpty(texts: EnvironmentTexts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text ? [[name, text]] : [])))
}

function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error
    problems.push(...error.problems)
    return undefined
  }
}
