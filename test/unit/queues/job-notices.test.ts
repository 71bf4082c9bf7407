/** Notices of new jobs: at once to the process that added the job, to others only while the job still waits. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { HEAD_START_MS, JobNotices } from '../../../queues/job-notices.ts'

const OWN = 1
const OTHER = 2

/** A connection that answers its last statement when it is told to. */
class Connection extends EventEmitter {
  readonly statements: string[] = []
  answer: () => void = () => undefined
  fail: (error: Error) => void = () => undefined
  query<R>(text: string): Promise<{ rows: R[] }> {
    this.statements.push(text)
    return new Promise((resolve, reject) => {
      this.answer = () => resolve({ rows: [] })
      this.fail = reject
    })
  }
}

let connection: Connection
let waiting: Set<string>
let looks: string[]
let received: unknown[]
let notices: JobNotices

beforeEach(() => {
  vi.useFakeTimers()
  connection = new Connection()
  waiting = new Set(['plan'])
  looks = []
  received = []
  notices = new JobNotices(connection, {
    isOwnSession: (processId) => processId === OWN,
    hasWaiting: async (queue) => {
      looks.push(queue)
      if (queue === 'broken') throw new Error('connection lost')
      return waiting.has(queue)
    },
  })
  notices.on('notification', ({ payload }) => received.push(payload))
})
afterEach(() => {
  vi.useRealTimers()
})

const notify = (payload: string, processId: number) =>
  connection.emit('notification', { channel: 'bullmq_jobs', payload, processId })

it('notices reach the workers of the process that added the job at once', () => {
  notify('plan', OWN)
  expect(received).toEqual(['plan'])
  expect(looks).toEqual([])
})

it('notices reach the workers of other processes a moment later, if the job still waits', async () => {
  notify('plan', OTHER)
  notify('submit', OTHER)
  expect(received).toEqual([])
  await vi.advanceTimersByTimeAsync(HEAD_START_MS)
  expect(looks.sort()).toEqual(['plan', 'submit'])
  expect(received).toEqual(['plan'])
})

it('notices cost another process one look at the queue, however many jobs are added', async () => {
  for (let n = 0; n < 10; n += 1) notify('plan', OTHER)
  await vi.advanceTimersByTimeAsync(HEAD_START_MS)
  expect(looks).toEqual(['plan'])
  notify('plan', OTHER)
  await vi.advanceTimersByTimeAsync(HEAD_START_MS)
  expect(looks).toEqual(['plan', 'plan'])
})

it('notices reach the workers when it cannot be known whether the job still waits', async () => {
  notify('broken', OTHER)
  await vi.advanceTimersByTimeAsync(HEAD_START_MS)
  expect(received).toEqual(['broken'])
})

it('notices are requested by one statement after the other', async () => {
  const both = Promise.all([notices.query('listen a'), notices.query('listen b')])
  await vi.waitFor(() => expect(connection.statements).toEqual(['listen a']))
  connection.answer()
  await vi.waitFor(() => expect(connection.statements).toEqual(['listen a', 'listen b']))
  connection.answer()
  await both
})

it('notices are requested on another connection when this one was lost unnoticed: it reports the error, if anything listens', async () => {
  const failed = new Error('not queryable')
  const errors: unknown[] = []
  for (const listens of [false, true]) {
    if (listens) connection.on('error', (error) => errors.push(error))
    const listening = notices.query('listen a')
    await vi.advanceTimersByTimeAsync(0)
    connection.fail(failed)
    await expect(listening).rejects.toBe(failed)
    expect(errors).toEqual(listens ? [failed] : [])
  }
})
