/** Logs what libraries and Node would print as plain text between the lines of the log. */
import { format } from 'node:util'
import { type Logger, withoutCredentials } from './log.ts'
import { shortened } from './shortened.ts'

const METHODS = ['debug', 'info', 'log', 'warn', 'error'] as const

/**
 * From now on, warnings of Node and everything that is printed by `console`, which our own code does not use, are events of the log, for
 * the whole process: libraries offer no other way. Some repeat what came from outside, such as an unreadable AMQP frame.
 */
export function logLibraryWarnings(log: Logger): void {
  const report = (text: string) => log.warn({ text: shortened(withoutCredentials(text)) }, 'library warning')
  process.removeAllListeners('warning') // only Node's own, which prints
  process.on('warning', ({ name, message }) => report(`${name}: ${message}`))
  for (const method of METHODS) console[method] = (...args: unknown[]) => report(format(...args))
}
