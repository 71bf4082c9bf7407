/** The sign of life of a worker process: a row that it renews while it runs. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Context } from '../context.ts'
import { forgetProcess, recordSignOfLife } from '../db/queries/silence/signs.ts'
import { messageOf } from '../lib/errors.ts'

const EVERY_MS = 10_000

/** Begins immediately; a database that is down for a moment costs one sign of life, not the process. `stop` forgets the process. */
export function startSignOfLife({ db, log, now }: Pick<Context, 'db' | 'log' | 'now'>): {
  stop(): Promise<void>
} {
  const self = { id: randomUUID(), host: hostname(), pid: process.pid, startedAt: now() }
  const renew = () =>
    recordSignOfLife(db.fork(), { ...self, seenAt: now() }).catch((error: unknown) => {
      log.warn({ err: messageOf(error) }, 'could not store sign of life')
    })
  let renewing = renew()
  const clock = setInterval(() => {
    renewing = renewing.then(renew) // one that comes late must not bring back the row after the stop
  }, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(clock)
      await renewing
      await forgetProcess(db.fork(), self.id).catch((error: unknown) => {
        log.warn({ err: messageOf(error) }, 'could not delete the row of this worker process')
      })
    },
  }
}
