/** Parts of a bench as separate processes, which do not share memory or the event loop with what is measured. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A running child process and the one message that it sent. */
export type Child<T> = { report: T; pid: number; stop(): Promise<void> }

/** The parts that `part-process.ts` can be. */
export type PartName = 'bare-hono' | 'bare-server' | 'bus' | 'gate-lab' | 'trace-sink' | 'web'

/** Starts a part of `part-process.ts`. */
export function startPart<T>(
  name: PartName,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Child<T>> {
  return startChild(new URL('./part-process.ts', import.meta.url), [name, ...args], env)
}

/**
 * Starts a file and waits for its first message (`process.send`).
 * @param T the type of that message
 * @throws Error when the process ends without a message
 */
export async function startChild<T>(
  file: URL,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Child<T>> {
  const path = fileURLToPath(file)
  const child = fork(path, args, { env: { ...process.env, ...env } })
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as T), // the caller knows what this file sends
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${path} ended with code ${code}`))),
  ])
  return { report, pid: child.pid ?? 0, stop: () => stop(child) } // one that has reported has a pid
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Called by the child, which then runs until it is stopped or its parent has ended. */
export function reportToParent(message: unknown): void {
  if (!process.send) throw new Error('This file is part of `npm run bench` and cannot run alone.')
  process.once('disconnect', () => process.exit())
  process.send(message)
}
