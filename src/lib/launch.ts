/** Starts a program of this project as a process that shuts down cleanly when this one has ended, even if that is killed. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/** A URL rather than a path, in which characters such as # would have a meaning. */
const WITH_LAUNCHER = new URL('../../scripts/with-launcher.mjs', import.meta.url).href

/** `args` are those of Node; `output` is where standard output and error go. */
export function launch(
  args: readonly string[],
  { env, output }: { env: NodeJS.ProcessEnv; output: 'inherit' | 'pipe' },
): ChildProcess {
  const input = output === 'inherit' ? 'inherit' : 'ignore'
  const options: SpawnOptions = {
    env: { ...env, FRESHWAVE_LAUNCHER: String(process.pid) },
    stdio: [input, output, output, 'pipe'], // the last is never written to: its end is the message
  }
  return spawn(process.execPath, ['--import', WITH_LAUNCHER, ...args], options)
}
