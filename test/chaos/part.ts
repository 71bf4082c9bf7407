/** A process of the service that can be killed and started again at any time; it writes its log into a file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { PROGRAMS } from '../support/programs/service-process.ts'

export type Part = {
  name: string
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
  /** Starts a new process; does not wait until it is ready. */
  start(): void
  /** The pid while it runs. */
  pid(): number | undefined
}

/** Starts `program` under this name; further runs append to the same log. */
export function startPart(
  name: string,
  program: 'ingest' | 'worker' | 'web',
  env: Record<string, string>,
  logFile: string,
): Part {
  let child: ChildProcess | undefined
  const isUp = () => child !== undefined && child.exitCode === null && child.signalCode === null
  const start = () => {
    const out = openSync(logFile, 'a')
    child = spawn(process.execPath, [...PROGRAMS[program]], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', out, out],
    })
    closeSync(out)
  }
  start()
  return {
    name,
    start,
    pid: () => (isUp() ? child?.pid : undefined),
    async kill() {
      if (!child || !isUp()) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
