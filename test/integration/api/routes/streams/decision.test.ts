/** `GET /api/v1.0/decision/stream` over a socket (behaviour/streams 3). */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openEventSource } from '../../../../support/api/event-source.ts'
import { type ChangedDecision, writeDecisionUpdate } from '../../../../support/bus/outbox-rows.ts'
import { eventually } from '../../../../support/eventually.ts'
import { NVR } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

const SATISFIED = 'All required tests (3 total) have passed or been waived'

let gate: TestGate
beforeAll(async () => {
  gate = await startGate({ file: 'cache_seconds: 600' })
})
afterAll(() => gate.stop())
beforeEach(() => gate.reset())

/** A field that is null is left out. */
const pathOf = (fields: object) => {
  const all = Object.entries({ ...DEFAULT_REQUEST, ...fields }).filter(([, value]) => value !== null)
  return `decision/stream?${new URLSearchParams(Object.fromEntries(all))}`
}
async function open(fields = {}, lastEventId?: string) {
  const source = await openEventSource(`${gate.url}/api/v1.0/${pathOf(fields)}`, lastEventId)
  onTestFinished(() => source.destroy())
  return source
}
const update = (fields: Partial<ChangedDecision> & Record<string, unknown> = {}) =>
  gate.ctx.db.transaction((em) => writeDecisionUpdate(em, { ...DEFAULT_REQUEST, ...fields }))

describe('the stream of a decision', () => {
  it('begins with the decision as POST answers it, and reports its changes alone', async () => {
    const source = await open()
    const [first] = await source.count(1)
    expect(first).toEqual({
      id: expect.stringMatching(/^\d+$/),
      event: 'decision',
      data: (await gate.decide(DEFAULT_REQUEST)).json,
    })
    for (const other of [
      { subject_identifier: 'other-1-1' },
      { subject_type: 'compose' },
      { decision_context: 'other' },
      { product_version: 'fedora-27' },
    ])
      await update(other)
    await update({ summary: SATISFIED, policies_satisfied: true })
    const [, second] = await source.count(2)
    expect(second?.event).toBe('decision.update')
    expect(second?.data).toEqual({
      ...DEFAULT_REQUEST,
      summary: SATISFIED,
      policies_satisfied: true,
    })
  })

  it('finds the changes of a subject whose type was given by an alias', async () => {
    const source = await open({ subject_type: 'brew-build' })
    await source.count(1)
    await update({ summary: 'new' })
    expect((await source.count(2))[1]?.data).toMatchObject({ subject_type: 'koji_build', summary: 'new' })
  })

  it('is continued with the changes alone, without a new decision', async () => {
    const source = await open()
    const [first] = await source.count(1)
    source.destroy()
    await update({ summary: 'while away' })
    const calls = gate.calls('resultsdb')
    const next = await open({}, first?.id)
    expect((await next.count(1)).map(({ event, data }) => [event, data.summary])).toEqual([
      ['decision.update', 'while away'],
    ])
    expect(gate.calls('resultsdb')).toBe(calls)
  })

  it('gets the decision again when its id is not known', async () => {
    const source = await open({}, '999999999')
    expect((await source.count(2)).map(({ event }) => event)).toEqual(['gap', 'decision'])
  })

  it('sends a change that happened while the decision was made behind it', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'slow', delayMs: 300, times: 1 })
    const calls = gate.calls('resultsdb')
    const opened = open()
    await eventually(
      () => gate.calls('resultsdb'),
      (count) => count > calls,
    )
    await update({ summary: 'meanwhile' })
    const source = await opened
    expect((await source.count(2)).map(({ event }) => event)).toEqual(['decision', 'decision.update'])
  })

  it('has the errors of POST, in the form of the gate', async () => {
    const errors = [
      [{ product_version: '' }, 400, 'Missing required product version'],
      [{ subject_type: null }, 400, 'Missing required "subject_type" parameter'],
      [{ last_event_id: 'x' }, 400, 'Invalid last_event_id was supplied: x'],
      [{ product_version: 'none' }, 404, 'Found no applicable policies'],
      [{ subject_identifier: 'a\0b' }, 400, 'Invalid subject_identifier'],
    ] as const
    for (const [fields, status, message] of errors) {
      const answer = await gate.send(pathOf(fields))
      expect([answer.status, answer.json]).toEqual([status, { message: expect.stringContaining(message) }])
    }
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 })
    expect((await gate.send(pathOf({ subject_identifier: 'unknown-1-1' }))).status).toBe(502)
    expect((await gate.send(pathOf({}), { method: 'PUT' })).status).toBe(405)
    expect((await gate.send(pathOf({}), { method: 'HEAD' })).status).toBe(200)
  })
})

it('a stream whose decision is made while the server stops ends at once', async () => {
  const stopping = await startGate({ file: 'shutdown_grace_s: 1000' }) // the stop waits for half of it
  stopping.world.faults.push({ service: 'resultsdb', kind: 'slow', delayMs: 2000 })
  const opened = openEventSource(`${stopping.url}/api/v1.0/${pathOf({})}`)
  await eventually(
    () => stopping.calls('resultsdb'),
    (count) => count > 0,
  )
  const stopped = stopping.stop()
  const source = await opened
  expect(await source.ended).toBe(true)
  expect(source.events.map(({ event }) => event)).toEqual(['decision'])
  await stopped
})

describe('news of a subject', () => {
  const notify = (payload: string) =>
    gate.ctx.db.fork().execute("select pg_notify('freshwave_subject_changed', ?)", [payload])
  const summary = async () => (await gate.decide(DEFAULT_REQUEST)).json.summary

  async function cachedDecision() {
    for (const test of ['dist.abicheck', 'dist.rpmdeplint', 'dist.upgradepath'])
      await gate.putResult(test, 'PASSED')
    await summary() // from now on it is cached, so that only forgetting it makes a call
    const calls = gate.calls('resultsdb')
    await notify('not JSON') // forgets what other tests have left
    await eventually(
      async () => [await summary(), gate.calls('resultsdb')] as const,
      ([, made]) => made > calls,
    )
    const satisfied = await summary()
    expect(satisfied).toBe(SATISFIED)
    await gate.putResult('dist.abicheck', 'FAILED')
    expect(await summary()).toBe(satisfied)
  }

  it('makes the process forget what it has cached about it', async () => {
    await cachedDecision()
    await notify(JSON.stringify({ type: 'koji_build', identifier: 'other-1-1' }))
    expect(await summary()).toBe(SATISFIED)
    await notify(JSON.stringify({ type: 'koji_build', identifier: NVR }))
    await eventually(summary, (text) => text === 'Of 3 required tests, 1 test failed')
  })

  it('whose identifier did not fit into the notice makes it forget everything', async () => {
    await cachedDecision()
    await notify(JSON.stringify({ type: '', identifier: null }))
    await eventually(summary, (text) => text === 'Of 3 required tests, 1 test failed')
  })

  it('that may have been missed makes it forget everything', async () => {
    await cachedDecision()
    await gate.ctx.db
      .fork()
      .execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'freshwave notices' and datname = current_database()",
      )
    await eventually(summary, (text) => text === 'Of 3 required tests, 1 test failed')
  })
})
