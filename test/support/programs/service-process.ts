/** Runs programs of the service as separate processes that a test can kill and restart. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** Starts programs as `npm run` and the image do: compiled code is kept (decision 0047). */
const RUN = 'scripts/run.mjs'
/** Arguments of Node as in the Procfile (decision 0068). */
const SERVICE = ['--max-semi-space-size=16', RUN] as const

/** The programs a test may start: file and arguments. */
export const PROGRAMS = {
  all: [...SERVICE, 'src/main.ts'],
  web: [...SERVICE, 'src/api/main.ts'],
  gate: [...SERVICE, 'src/api/main.ts', '--only', 'gate'],
  ingest: [...SERVICE, 'src/ingest/main.ts'],
  worker: [...SERVICE, 'workers/main.ts'],
  migrate: [RUN, 'src/db/migrate.ts'],
  replay: [RUN, 'src/ingest/replay.ts'],
  decide: ['bin/freshwave.mjs', 'decide', 'glibc-1-1', '-c', 'c', '-p', 'v'],
} as const
export type Program = keyof typeof PROGRAMS

/** How a program ended: its exit code, or null when a signal ended it. */
export type Exit = { code: number | null; output: string }

/** A started program. */
export type ServiceProcess = {
  /** The pid of the program, which may be a child of the started process; 0 when it did not start. */
  pid(): number
  /** Waits until it logs that it is ready; throws with its output when it ends before that. */
  ready(): Promise<void>
  /** Everything it has written so far. */
  output(): string
  /** Sends a signal that does not end it. */
  signal(name: 'SIGHUP' | 'SIGSTOP' | 'SIGCONT'): void
  /** SIGKILL, which leaves no time to clean up. Resolves when the process has ended. */
  kill(): Promise<Exit>
  /** SIGTERM, and waits for its end. */
  stop(): Promise<Exit>
  /** Waits until it ends by itself. */
  ended(): Promise<Exit>
}

/**
 * Starts a program, with more arguments; its environment is `env` and the PATH of this process.
 * @param root folder of the code, if it is not that of this repository
 */
export function startProgram(
  program: Program,
  env: Record<string, string>,
  args: readonly string[] = [],
  root?: string,
): ServiceProcess {
  return followProcess(
    spawn(process.execPath, [...PROGRAMS[program], ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: root,
    }),
  )
}

/** How to reach a program that is not the started process itself. */
type Inner = { pid(): number; signal(name: NodeJS.Signals): void }

/** Collects the output of a process that has just been started; `inner`: the program, if it is another process. */
export function followProcess(
  child: ChildProcess & { stdout: Readable; stderr: Readable },
  inner: Inner = { pid: () => child.pid ?? 0, signal: (name) => child.kill(name) },
): ServiceProcess {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const closed = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  const end = (name: NodeJS.Signals) => {
    inner.signal(name)
    return closed
  }
  return {
    pid: inner.pid,
    output: () => output,
    signal: inner.signal,
    ready: () => untilReady(child, () => output),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    ended: () => closed,
  }
}

/** Waits for the line in its log; LOG_LEVEL must be info or lower. */
function untilReady(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      if (output().includes('"msg":"ready"')) resolve()
    }
    child.stdout?.on('data', check)
    child.once('close', () => reject(new Error(`the program ended before it was ready:\n${output()}`)))
    check()
  })
}
