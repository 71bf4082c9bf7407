/** Parts of a bench as processes of their own: with their own memory, and not on the event loop that is measured. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A running child and the one thing it had to say. */
export type Child<T> = { said: T; stop(): Promise<void> }

/**
 * Starts a file of this folder and waits for its first message (`process.send`). Throws when it ends without one.
 * @param T what that file sends
 */
export async function startChild<T>(
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Child<T>> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, { env: { ...process.env, ...env } })
  const said = await Promise.race([
    once(child, 'message').then(([message]) => message as T), // the caller knows what this file sends
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with code ${code}`))),
  ])
  return { said, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** To be called by the child, which then lives until it is stopped or its parent is gone. */
export function tellParent(message: unknown): void {
  if (!process.send) throw new Error('This is a part of `npm run bench` and does not run alone.')
  process.once('disconnect', () => process.exit())
  process.send(message)
}
