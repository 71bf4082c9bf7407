/** Changes that operators make on the board of the queues are in the audit. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi, type TestApi } from '../../../../support/api/api.ts'
import { type Logins, startLogins } from '../../../../support/api/logins.ts'

const HERE = '127.0.0.1'
let logins: Logins
let api: TestApi
let guarded: TestApi
beforeAll(async () => {
  logins = await startLogins('ssl')
  api = await startApi()
  guarded = await startApi(logins.env, logins.file)
})
afterAll(async () => {
  await guarded?.drop()
  await api?.drop()
  await logins?.stop()
})

const newest = async (of: TestApi, count: number) =>
  of.ctx.db
    .fork()
    .execute<object[]>(
      'select who, credential, door, address, action, subject, outcome, detail from audit order by id desc limit ?',
      [count],
    )

it('the audit names the queue or the job, what was done to it, and whether the board refused', async () => {
  await api.ctx.queues.enqueue('submit', { buildId: 7 }, { delayMs: 3_600_000 })
  const put = async (path: string) =>
    (await api.request(`/queues/api/queues/${path}`, { method: 'PUT', from: HERE })).status
  const statuses = [
    await put('submit/submit-7/promote'),
    await put('submit/submit-7/retry'),
    await put('submit/clean/failed'),
    await put('pause'),
    await put('resume'),
    await put('nowhere/pause'),
  ]
  expect(statuses.map((status) => status < 400)).toEqual([true, false, true, true, true, false])
  const row = (subject: string, outcome: string, detail: string) => ({
    who: null,
    credential: 'none',
    door: 'api',
    address: HERE,
    action: 'operate-queues',
    subject,
    outcome,
    detail,
  })
  expect((await newest(api, 6)).reverse()).toEqual([
    row('job submit-7 of queue submit', 'done', 'promote'),
    row('job submit-7 of queue submit', 'refused', 'retry: ERRORS.JOB_NOT_RETRIABLE'),
    row('queue submit', 'done', 'clean failed'),
    row('all queues', 'done', 'pause'),
    row('all queues', 'done', 'resume'),
    row('queue nowhere', 'refused', 'pause: ERRORS.QUEUE_NOT_FOUND'),
  ])
})

it('the audit has no row for a request that only reads', async () => {
  const [before] = await newest(api, 1)
  expect((await api.request('/queues/api/queues', { from: HERE })).status).toBe(200)
  expect(await newest(api, 1)).toEqual([before])
})

it('the audit names the user, and records the refusal of a user without the role', async () => {
  const put = async (caller: Parameters<Logins['as']>[0]) =>
    (
      await guarded.request('/queues/api/queues/submit/pause', {
        ...(await logins.as(caller)),
        method: 'PUT',
      })
    ).status
  expect(await put('rebuilder')).toBe(403)
  expect(await put('admin')).toBeLessThan(300)
  expect((await newest(guarded, 2)).reverse()).toMatchObject([
    {
      who: logins.nameOf('rebuilder'),
      action: 'operate-queues',
      subject: 'queue submit',
      outcome: 'refused',
    },
    { who: logins.nameOf('admin'), subject: 'queue submit', outcome: 'done', detail: 'pause' },
  ])
})
