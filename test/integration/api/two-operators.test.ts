/** Operators that cancel, rebuild and retry one advisory at the same time: one running event, and a clear answer for each of them. */
import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../lab/start.ts'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import type { Meaning } from '../../../src/domain/message.ts'
import { intake } from '../../../workers/intake.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../support/api/api.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'
import { smallCatalogue } from '../../support/rebuild/small-catalogue.ts'

const ROUNDS = 60
const FAILED = 3
/** `none`: only an ended event of the advisory exists when the round begins. */
const STARTS = { none: null, INITIALIZED: 0, BUILDING: 1 } as const
type Start = keyof typeof STARTS

/** The texts that an operator may get instead of success. */
const CLEAR = [
  /^Events triggered by advisory \d+ are running: \[\d+\]\. If you want to rebuild it anyway, use "force": true option\.$/,
  /^Event \d+ already resumes event \d+\.$/,
  /^Advisory \d+ is being handled by event \d+, which has to end first\.$/,
  /^Event \d+ has nothing to resume: /,
]

let lab: Lab
let api: TestApi
beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
  api = await startApi(lab.urls)
})
afterAll(async () => {
  await api?.drop()
  await lab?.stop()
})

/** The events of a round: one that has failed, and the one that runs (the failed one again when none does). */
type Events = { failed: number; current: number }
/** What an operator got: nothing wrong, or the text. */
type Outcome = { refused: string | null }

async function send(method: string, path: string, body: object): Promise<Outcome> {
  const response = await api.request(path, { method, body: JSON.stringify(body) })
  const answer = JSON.parse(await response.text())
  expect([200, 400], JSON.stringify(answer)).toContain(response.status)
  return { refused: response.status === 200 ? null : answer.message }
}

async function handle(meaning: Meaning): Promise<Outcome> {
  const row = {
    messageId: `m-${crypto.randomUUID()}`,
    topic: 't',
    body: Buffer.from(''),
    properties: {},
    meaning,
  }
  const em = api.ctx.db.fork()
  const inboxId = Number(await em.insert(InboxMessage, row as unknown as InboxMessage)) // the rest has defaults
  await attempt(api.ctx, { queue: 'intake', worker: intake, payload: { inboxId }, isLast: true })
  const ended = await api.ctx.db.fork().findOne(InboxMessage, { id: inboxId })
  const { state, reason } = ended ?? { state: 'new', reason: null }
  expect(['done', 'failed', 'ignored']).toContain(state)
  return { refused: state === 'done' ? null : (reason ?? 'no reason') }
}

const rebuild = { errata_id: ADVISORY, requester: 'han' }
const cancel = { action: 'cancel' }
const ACTIONS: Readonly<Record<string, (events: Events) => Promise<Outcome>>> = {
  'rebuild v1': () => send('POST', '/api/1/builds/', rebuild),
  'rebuild v2': () => send('POST', '/api/2/builds/', rebuild),
  'rebuild bus': () =>
    handle({ kind: 'rebuild-requested', of: 'advisory', messageId: null, requester: 'leia', body: rebuild }),
  'cancel v1': ({ current }) => send('PATCH', `/api/1/events/${current}`, cancel),
  'cancel v2': ({ current }) => send('PATCH', `/api/2/events/${current}`, cancel),
  'cancel bus': ({ current }) => handle({ kind: 'cancel-requested', eventId: current, buildIds: [] }),
  retry: ({ failed }) => send('POST', `/api/2/events/${failed}/retry`, {}),
}

async function begin(start: Start): Promise<Events> {
  const { db } = api.ctx
  for (const table of ['audit', 'inbox', 'events']) await db.fork().execute(`delete from ${table}`)
  const searchKey = String(ADVISORY)
  const failed = await storeEvent(db, { searchKey, state: FAILED })
  await storeBuild(db, { event: failed, state: 2, originalNvr: 'base-8-1' })
  const state = STARTS[start]
  if (state === null) return { failed, current: failed }
  const current = await storeEvent(db, { searchKey, state, manualTriggered: true })
  if (state === 1) await storeBuild(db, { event: current, originalNvr: 'base-8-1' })
  return { failed, current }
}

/** Ids of events in these states. */
async function eventsIn(...states: number[]): Promise<number[]> {
  const rows = await api.ctx.db
    .fork()
    .execute<{ id: number }[]>('select id from events where state in (?) order by id', [states])
  return rows.map(({ id }) => id)
}

describe('requests about one advisory at the same time', () => {
  const starts = fc.constantFrom(...(Object.keys(STARTS) as Start[]))
  const requests = fc.array(
    fc.record({ action: fc.constantFrom(...Object.keys(ACTIONS)), after: fc.integer({ min: 0, max: 40 }) }),
    { minLength: 2, maxLength: 7 },
  )

  it('leave at most one running event, and each operator knows what became of its request', async () => {
    await fc.assert(
      fc.asyncProperty(starts, requests, async (start, chosen) => {
        const events = await begin(start)
        const outcomes = await Promise.all(
          chosen.map(async ({ action, after }) => {
            for (let n = 0; n < after; n += 1) await tick()
            return ACTIONS[action]?.(events) ?? Promise.reject(new Error(action))
          }),
        )
        const running = await eventsIn(0, 1)
        expect(running.length).toBeLessThanOrEqual(1)
        const refused = outcomes.flatMap(({ refused: text }) => text ?? [])
        const ended = new RegExp(`^Event ${events.failed} is already FAILED and cannot be canceled\\.$`)
        for (const text of refused)
          expect(
            [ended, ...CLEAR].some((clear) => clear.test(text)),
            text,
          ).toBe(true)
        await expectRecorded(events, refused)
        const isCanceled = chosen.some(({ action }) => action.startsWith('cancel'))
        if (start !== 'none' && isCanceled) expect(await eventsIn(5)).toEqual([events.current])
        if (start !== 'none' && !isCanceled) expect(running).toEqual([events.current])
      }),
      { numRuns: ROUNDS },
    )
  })
})

/** Each event that was opened, and each refusal, is in the audit once. */
async function expectRecorded(events: Events, refused: readonly string[]): Promise<void> {
  const rows = await api.ctx.db
    .fork()
    .execute<{ outcome: string; action: string; detail: string; event: number }[]>(
      'select outcome, action, detail, event_id as event from audit order by event_id',
    )
  const opened = rows.filter(({ outcome, action }) => outcome === 'done' && action !== 'cancel')
  const all = await eventsIn(0, 1, 2, FAILED, 4, 5)
  expect(opened.map(({ event }) => event)).toEqual(
    all.filter((id) => id !== events.failed && id !== events.current),
  )
  const details = rows.filter(({ outcome }) => outcome === 'refused').map(({ detail }) => detail)
  expect(details.toSorted()).toEqual(refused.toSorted())
  expect(rows.filter(({ outcome }) => outcome === 'failed')).toEqual([])
}
