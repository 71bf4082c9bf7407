/** `GET /api/2/events/{id}/gate`: the state of each rebuilt image at each release gate, and where the decisions come from. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digestOfJudge } from '../../../../../src/commands/gate/judged-by.ts'
import { openGate } from '../../../../../src/commands/gate/open-gate.ts'
import { storeRun, subjectState } from '../../../../../src/db/queries/decisions/stored-decisions.ts'
import { recordNews } from '../../../../../src/db/queries/decisions/subject-news.ts'
import { assignSubject } from '../../../../../src/db/queries/decisions/subjects.ts'
import { makeBuild, makeEvent } from '../../../../factories.ts'
import { startApi } from '../../../../support/api/api.ts'
import { eventually } from '../../../../support/eventually.ts'
import { policyYaml, SETTINGS, TYPES, test } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'

const FILE = `
request_attempts: 1
release_gates:
  - {decision_context: c1, product_version: rhel-9}
  - {decision_context: c2, product_version: rhel-9}
  - {decision_context: nowhere, product_version: rhel-9}
`
const forVersion = (decision_context: string) => ({ decision_context, product_versions: '[rhel-9]' })
const ONE = policyYaml('one', [test('t1')], forVersion('c1'))
const TWO = policyYaml('two', [test('t1'), test('t2')], forVersion('c2'))

/** The wait for news, shorter than decisions are kept without any. */
const NEWS_MS = 20_000

let world: TestGate
beforeAll(async () => {
  const bus = { AMQP_URL: 'amqp://127.0.0.1:1', AMQP_SOURCES: 'queue://never-received' }
  world = await startGate({ file: FILE, env: bus })
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  await world.setPolicies(ONE + TWO)
})

let nextImage = 0
const nvrOf = () => `image-${++nextImage}-container-1-1.1700000000`
async function makeRebuilt(count: number): Promise<{ event: number; nvrs: string[] }> {
  const event = await makeEvent(world.ctx)
  const nvrs = Array.from({ length: count }, nvrOf)
  for (const rebuiltNvr of nvrs) await makeBuild(world.ctx, event, { state: 'DONE', rebuiltNvr })
  return { event, nvrs }
}
const read = async (event: number) => (await world.send(`/api/2/events/${event}/gate`)).json
const putResult = (nvr: string | undefined, testCase: string, outcome: string) =>
  world.putResult(testCase, outcome, { item: nvr, type: 'koji_build' })
const waive = (nvr: string | undefined, testCase: string) =>
  world.putWaiver(testCase, { subject_identifier: nvr, product_version: 'rhel-9' })
const calls = () => [...world.world.requests.values()].reduce((sum, times) => sum + times, 0)

describe('the gate in an event', () => {
  it('has the decisions on all images that are rebuilt, and the worst state of each', async () => {
    const { event, nvrs } = await makeRebuilt(4)
    const [fresh, failed, waived, good] = nvrs
    await makeBuild(world.ctx, event, { state: 'BUILD', taskId: 1, rebuiltNvr: nvrOf() })
    await putResult(fresh, 't1', 'PASSED')
    await putResult(failed, 't1', 'FAILED')
    await putResult(waived, 't1', 'PASSED')
    await putResult(waived, 't2', 'FAILED')
    await waive(waived, 't2')
    for (const name of ['t1', 't2']) await putResult(good, name, 'PASSED')
    const answer = await read(event)
    expect(answer).toMatchObject({
      event_id: event,
      explanation: null,
      gates: [
        { decision_context: 'c1', product_version: 'rhel-9', subject_type: 'koji_build' },
        { decision_context: 'c2' },
        { decision_context: 'nowhere' },
      ],
      counts: {
        rebuilt: 4,
        may_go_out: 0,
        waived: 0,
        failed: 1,
        waiting: 1,
        without_policy: 2,
        undecided: 0,
      },
    })
    const forecast = (await world.send(`/api/2/events/${event}/forecast`)).json
    expect(forecast.counts).toMatchObject({ rebuilt: 4, may_go_out: 0 })
    const states = answer.images.map((image: { decisions: { state: string }[] }) =>
      image.decisions.map(({ state }) => state),
    )
    expect(states).toEqual([
      ['may go out', 'waiting for tests', 'no policy applies'],
      ['failed', 'failed', 'no policy applies'],
      ['may go out', 'waived', 'no policy applies'],
      ['may go out', 'may go out', 'no policy applies'],
    ])
    expect(answer.images[1]).toMatchObject({
      name: expect.any(String),
      nvr: failed,
      state: 'failed',
      decisions: [
        { decision_context: 'c1', summary: 'Of 1 required test, 1 test failed', policies_satisfied: false },
        { decision_context: 'c2', product_version: 'rhel-9' },
        { summary: 'No policy applies to the image at this gate.', policies_satisfied: null },
      ],
    })
  })

  it('has no image of a dry run, which has built none', async () => {
    const dry = await makeEvent(world.ctx, { dryRun: true })
    await makeBuild(world.ctx, dry, { state: 'DONE', taskId: 7, rebuiltNvr: nvrOf() })
    const { event, nvrs } = await makeRebuilt(1)
    await makeBuild(world.ctx, event, { state: 'DONE', taskId: -7, rebuiltNvr: nvrOf() }) // of a process with DRY_RUN
    expect(await read(dry)).toMatchObject({ counts: { rebuilt: 0 }, images: [] })
    expect(await read(event)).toMatchObject({ counts: { rebuilt: 1 }, images: [{ nvr: nvrs[0] }] })
  })

  it('takes about as many requests for 150 images as for a few', async () => {
    const { event } = await makeRebuilt(150)
    world.world.requests.clear()
    expect((await read(event)).counts).toMatchObject({ rebuilt: 150, waiting: 150 })
    expect(calls()).toBeLessThan(20)
  })

  it('reports which service is in trouble, and keeps nothing of that', async () => {
    const { event, nvrs } = await makeRebuilt(1)
    world.world.faults.push({ service: 'resultsdb', kind: 'status' })
    const answer = await read(event)
    expect(answer.counts).toMatchObject({ undecided: 1 })
    expect(answer.images[0].decisions[0]).toMatchObject({
      state: 'undecided',
      summary: expect.stringMatching(/^Waits for resultsdb: .*503/),
      policies_satisfied: null,
    })
    world.world.faults.length = 0
    await putResult(nvrs[0], 't1', 'FAILED')
    expect((await read(event)).counts).toMatchObject({ undecided: 0, failed: 1 })
  })

  it('keeps what it has decided until there is news of the image or other policies', async () => {
    const { event, nvrs } = await makeRebuilt(1)
    expect((await read(event)).counts).toMatchObject({ waiting: 1 })
    world.world.requests.clear()
    await read(event)
    expect(calls()).toBe(0)
    await putResult(nvrs[0], 't1', 'FAILED')
    await recordNews(world.ctx.db.fork(), { identifiers: [nvrs[0] ?? ''], types: [] })
    await eventually(
      async () => (await read(event)).counts,
      ({ failed }) => failed === 1,
      NEWS_MS,
    )
    await world.setPolicies(ONE.replace('t1', 'other'))
    expect((await read(event)).counts).toMatchObject({ failed: 0, waiting: 1 })
  })

  it('takes what messages have led to, while no further message waits and the same policies are in force', async () => {
    const { event, nvrs } = await makeRebuilt(1)
    const em = world.ctx.db.fork()
    const insert = `insert into inbox (message_id, topic, body, properties, state) values (?, 't', '', '{}', 'done') returning id`
    const [row] = await em.execute<{ id: string }[]>(insert, [nvrs[0]])
    const subject = await assignSubject(em, Number(row?.id), {
      type: 'koji_build',
      identifier: nvrs[0] ?? '',
    })
    const requirements = { satisfied_requirements: [], unsatisfied_requirements: [] }
    const stored = { policies_satisfied: true, summary: 'by a message', ...requirements }
    const rows = ['c1', 'c2'].map((decisionContext) => ({
      decisionContext,
      productVersion: 'rhel-9',
      decision: stored,
    }))
    const { revision = 0, news = 0 } = (await subjectState(em, subject)) ?? {}
    const judgedBy = openGate(world.ctx).judgedBy()
    const nothing = { decisions: [], messages: [], ended: [], now: new Date() }
    await storeRun(em, subject, { revision, news }, { ...nothing, releases: rows, judgedBy })
    const summaries = async () =>
      (await read(event)).images[0].decisions.slice(0, 2).map(({ summary }: { summary: string }) => summary)
    world.world.requests.clear()
    expect(await summaries()).toEqual(['by a message', 'by a message'])
    expect(calls()).toBe(0)
    await em.execute("update inbox set state = 'new', subject_id = ? where id = ?", [subject, row?.id])
    const MADE = ['Of 1 required test, 1 result missing', 'Of 2 required tests, 2 results missing']
    expect(await summaries()).toEqual(MADE)
    await em.execute("update inbox set state = 'done' where id = ?", [row?.id])
    expect(await summaries()).toEqual(['by a message', 'by a message'])
    await world.setPolicies(`${ONE}${TWO}# the place of a policy counts too\n${policyYaml('three', [])}`)
    expect(await summaries()).toEqual(MADE)
  })

  it('is empty with an explanation where no release gates are set', async () => {
    const api = await startApi()
    const event = await makeEvent(api.ctx)
    await makeBuild(api.ctx, event, { state: 'DONE', rebuiltNvr: nvrOf() })
    const answer = await api.json(`/api/2/events/${event}/gate`)
    expect(answer).toMatchObject({ gates: [], images: [], counts: { rebuilt: 1, undecided: 0 } })
    expect(answer.explanation).toMatch(/^No release gates are configured/)
    await api.json('/api/2/events/99999/gate', 404)
    await api.drop()
  })
})

it('decisions are judged by other rules when a setting, a policy or a type differs', () => {
  const set = world.ctx.policies.current()
  const digest = digestOfJudge(set, SETTINGS)
  expect(digestOfJudge({ ...set }, { ...SETTINGS })).toBe(digest)
  const others = [
    digestOfJudge(set, { ...SETTINGS, outcomesPassed: new Set(['PASSED']) }),
    digestOfJudge({ ...set, policies: set.policies.slice(1) }, SETTINGS),
    digestOfJudge({ ...set, subjectTypes: { ...TYPES, all: TYPES.all.slice(1) } }, SETTINGS),
  ]
  expect(new Set([digest, ...others]).size).toBe(4)
})
