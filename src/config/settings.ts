/** All settings of a process: the parsed environment and the parsed settings file. */
import { BadSettings } from '../lib/errors.ts'
import { type Environment, readEnvironment } from './env.ts'
import { type FileSettings, readSettingsFile } from './file.ts'
import { tlsFileProblems } from './tls-files.ts'

/** `env` holds URLs, secrets and switches; `file` holds the structured options. */
export type Settings = { env: Environment; file: FileSettings }

/**
 * Reads both sources, and every TLS file that they name: whatever starts with them must be able to use these.
 * @throws BadSettings with every problem in any
 */
export function readSettings(source: Record<string, string | undefined> = process.env): Settings {
  const problems: string[] = []
  const env = collect(problems, () => readEnvironment(source))
  const path = env?.FRESHWAVE_CONFIG ?? source.FRESHWAVE_CONFIG ?? 'conf/freshwave.yaml'
  const file = collect(problems, () => readSettingsFile(path))
  if (env && file) problems.push(...tlsFileProblems(env, file))
  if (env && file && problems.length === 0) return { env, file }
  throw new BadSettings(problems)
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
