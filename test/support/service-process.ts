/** Programs of the service as processes of their own, to be killed and started again as an operator's machine does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The program files a test may start. */
export const PROGRAMS = {
  all: 'src/main.ts',
  ingest: 'src/ingest/main.ts',
  worker: 'workers/main.ts',
} as const
export type Program = keyof typeof PROGRAMS

/** How a program ended: its code, or null when a signal ended it. */
export type Exit = { code: number | null; output: string }

/** A started program. */
export type ServiceProcess = {
  /** Waits until it says that it is ready; throws with all it said when it ends before. */
  ready(): Promise<void>
  /** All it said so far. */
  output(): string
  /** SIGKILL: no time for anything. Resolves when it is gone. */
  kill(): Promise<Exit>
  /** SIGTERM, and waits for its end. */
  stop(): Promise<Exit>
  /** Waits for it to end by itself. */
  ended(): Promise<Exit>
}

/** Starts a program; it sees `env` and nothing else of this process's environment but the path. */
export function startProgram(program: Program, env: Record<string, string>): ServiceProcess {
  const child = spawn(process.execPath, [PROGRAMS[program]], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const closed = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return closed
  }
  return {
    output: () => output,
    ready: () => saysReady(child, () => output),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    ended: () => closed,
  }
}

/** Listens to its log; LOG_LEVEL must be info or lower. */
function saysReady(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (output().includes('"msg":"ready"')) resolve()
    }
    child.stdout?.on('data', look)
    child.once('close', () => reject(new Error(`it ended before it was ready:\n${output()}`)))
    look()
  })
}
