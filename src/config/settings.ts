/** All settings of a process: the parsed environment and the parsed settings file. */
import { BadSettings } from '../lib/errors.ts'
import { authProblems } from './auth.ts'
import { type Environment, readEnvironment } from './env.ts'
import { type FileSettings, readSettingsFile } from './file.ts'
import { tlsFileProblems } from './tls-files.ts'

/** `env` holds URLs, secrets and switches; `file` holds the structured options. */
export type Settings = { env: Environment; file: FileSettings }

/** Reads both sources. @throws BadSettings with every problem in either */
export function readSettings(source: Record<string, string | undefined> = process.env): Settings {
  const problems: string[] = []
  const env = collect(problems, () => readEnvironment(source))
  const path = env?.FRESHWAVE_CONFIG ?? source.FRESHWAVE_CONFIG ?? 'conf/freshwave.yaml'
  const file = collect(problems, () => readSettingsFile(path))
  if (env && file) problems.push(...authProblems({ env, file }))
  if (env && file && problems.length === 0) return { env, file }
  throw new BadSettings(problems)
}

/** The same for a program that serves: it must also be able to read every TLS file that they name. @throws BadSettings */
export function readServiceSettings(): Settings {
  const settings = readSettings()
  const problems = tlsFileProblems(settings.env, settings.file)
  if (problems.length > 0) throw new BadSettings(problems)
  return settings
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
