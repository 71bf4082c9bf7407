/** Recording a plan: builds that cannot be built are reported like any other that fails, and a canceled event gets no plan. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordPlan } from '../../../../src/commands/plan/record-plan.ts'
import { requestComposes } from '../../../../src/commands/plan/request-composes.ts'
import { cancelEvent } from '../../../../src/commands/transition/cancel-event.ts'
import { writeFindings } from '../../../../src/db/queries/planning/findings.ts'
import { NO_COMPOSE_FACTS } from '../../../../src/domain/rebuild/plan/compose-needs.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { TEST_ORIGIN } from '../../../support/api/origin.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { node, source } from '../../../support/rebuild/planned-images.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const ERROR = "Couldn't find parent image base-1-1. Pyxis data is probably incomplete"

async function plannedEvent(isBroken: boolean): Promise<number> {
  const event = await makeEvent(ctx, { state: 'INITIALIZED' })
  const broken = isBroken ? { error: ERROR } : {}
  const nodes = [node('top-1-1', 'middle-1-1'), node('middle-1-1', null, broken), node('other-1-1')]
  const findings = { nodes, considered: [], fixedRpms: [], whenEmpty: 'nothing', composes: NO_COMPOSE_FACTS }
  await writeFindings(ctx.db.fork(), event, findings)
  return event
}

async function messages(event: number): Promise<string[]> {
  const sql = `
    select concat_ws(' ', topic, payload->>'original_nvr', payload->>'state_name', payload->>'state_reason') as message
      from outbox where event_id = ? order by id`
  const rows = await ctx.db.fork().execute<{ message: string }[]>(sql, [event])
  return rows.map(({ message }) => message)
}

it('recording a plan publishes builds that cannot be built and their dependants, children first, then the event', async () => {
  ctx.metrics.takeIncrements()
  const event = await plannedEvent(true)
  await recordPlan(ctx, event)
  await recordPlan(ctx, event)
  expect(await messages(event)).toEqual([
    'build.state.changed top-1-1 FAILED Cannot build artifact, because its dependency cannot be built.',
    `build.state.changed middle-1-1 FAILED ${ERROR}`,
    'event.state.changed BUILDING Advisory 133001: Rebuilding 3 container images.',
    'event.state.changed.min BUILDING Advisory 133001: Rebuilding 3 container images.',
  ])
  expect(ctx.metrics.takeIncrements()).toMatchObject({
    freshmaker_artifact_build_failed: 2,
    messaging_tx_to_send: 4,
  })
})

it('recording a plan records nothing for an event that was canceled before', async () => {
  const event = await plannedEvent(false)
  await cancelEvent(ctx, event, { requester: null, origin: TEST_ORIGIN })
  await recordPlan(ctx, event)
  const sql = 'select count(*)::int as builds from artifact_builds where event_id = ?'
  expect(await ctx.db.fork().execute(sql, [event])).toEqual([{ builds: 0 }])
  expect(await messages(event)).toEqual([
    `event.state.changed CANCELED Event id ${event} requested for canceling by user None`,
    `event.state.changed.min CANCELED Event id ${event} requested for canceling by user None`,
  ])
})

it('recording a plan orders builds by what those of their name take on their target, as forecasts do', async () => {
  const em = ctx.db.fork()
  const record = (name: string, target: string, seconds: number) =>
    em.execute(
      'insert into build_durations (name, target, seconds) select ?, ?, ? from generate_series(1, 20)',
      [name, target, seconds],
    )
  await record('twofold', 'rhel-8-candidate', 60)
  await record('twofold', 'rhel-9-candidate', 6000)
  await record('single', 'rhel-8-candidate', 600)
  const event = await makeEvent(ctx, { state: 'INITIALIZED' })
  const onTarget = (name: string, target: string) =>
    node(`${name}-1-1`, null, { source: source(name, { target }) })
  const nodes = [
    onTarget('twofold', 'rhel-8-candidate'),
    onTarget('single', 'rhel-8-candidate'),
    node('unknown-1-1'),
  ]
  const findings = { nodes, considered: [], fixedRpms: [], whenEmpty: 'nothing', composes: NO_COMPOSE_FACTS }
  await writeFindings(em, event, findings)
  await recordPlan(ctx, event)
  const sql = 'select name from artifact_builds where event_id = ? order by remaining_path_s desc'
  const rows = await em.execute<{ name: string }[]>(sql, [event])
  expect(rows.map(({ name }) => name)).toEqual(['single', 'unknown', 'twofold'])
})

it('recording a plan requests no composes for an event that was canceled', async () => {
  const event = await makeEvent(ctx)
  const build = await makeBuild(ctx, event)
  const em = ctx.db.fork()
  const insert = "insert into compose_requests (event_id, key, need) values (?, 'k', '{}') returning id"
  const [row] = await em.execute<{ id: number }[]>(insert, [event])
  await em.execute('insert into build_compose_requests (build_id, request_id) values (?, ?)', [
    build,
    row?.id,
  ])
  await expect(requestComposes(ctx, event)).rejects.toThrow('ODCS is not configured')
  await cancelEvent(ctx, event, { requester: null, origin: TEST_ORIGIN })
  await requestComposes(ctx, event)
})
