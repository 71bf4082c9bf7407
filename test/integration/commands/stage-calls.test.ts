/** Checks which outside services each stage of an event calls: those with a gate in the table of troubles, and no other. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signAdvisory } from '../../../lab/services/errata/sign.ts'
import { discoverImages } from '../../../src/commands/discover/discover-images.ts'
import { interpretMessage } from '../../../src/commands/intake/interpret-message.ts'
import { recordPlan } from '../../../src/commands/plan/record-plan.ts'
import { requestComposes } from '../../../src/commands/plan/request-composes.ts'
import { pollComposes } from '../../../src/commands/poll/poll-composes.ts'
import { pollTasks } from '../../../src/commands/poll/poll-tasks.ts'
import { submitBuild } from '../../../src/commands/submit/submit-build.ts'
import { handleReport } from '../../../src/commands/transition/handle-report.ts'
import { startIngest } from '../../../src/ingest/main.ts'
import { makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'
import { hubTasks } from '../../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../../support/lab/world.ts'
import { labSettings } from '../../support/pipeline.ts'
import { BUNDLE_ADVISORY } from '../../support/rebuild/bundles.ts'
import { FLATPAK_ADVISORY } from '../../support/rebuild/flatpaks.ts'
import { bundleEvent, IMAGES, smallImages, WORLD_SETTINGS } from '../../support/trouble/small-world.ts'
import { COLUMNS, type Column, STAGES, type Stage } from '../../support/trouble/stages.ts'

const ADVISORY = 133001

let world: TestWorld
let ctx: TestContext
/** Without workers: each stage is run by hand, one after the other, so that its calls can be told apart. */
let ingest: { stop(): Promise<void> }
beforeAll(async () => {
  world = await startWorld({ catalogue: smallImages(), composeMs: 20 })
  world.bus.dropMatching(({ topic }) => /brew\.task|odcs/.test(topic))
  ctx = await createTestContext(world.env, labSettings(WORLD_SETTINGS))
  ingest = await startIngest(ctx)
})
afterAll(async () => {
  await ingest.stop()
  await ctx.drop()
  await world.stop()
})

const query = <T>(sql: string) => ctx.db.fork().execute<T[]>(sql)
const ids = async (sql: string) => (await query<{ id: number }>(sql)).map(({ id }) => id)
const one = async (sql: string) => (await ids(sql))[0] ?? 0

it('the services that stages call are those of the table', async () => {
  world.ship(ADVISORY)
  const inboxId = await eventually(
    () => one('select id from inbox'),
    (id) => id > 0,
  )
  const used: Partial<Record<Stage, Column[]>> = {}
  const during = async (stage: Stage, work: () => Promise<unknown>) => {
    world.lab.world.requests.clear()
    await work()
    used[stage] = [...new Set([...(used[stage] ?? []), ...columnsOf(world.lab.world.requests.keys())])]
  }
  await during('intake', () => interpretMessage(ctx, inboxId))
  const eventId = await one('select id from events')
  await during('discovery', () => discoverImages(ctx, eventId))
  await during('plan', () => recordPlan(ctx, eventId))
  await during('compose', () => requestComposes(ctx, eventId))
  await during('poll', () => pollComposes(ctx))
  const composeId = await one('select odcs_compose_id as id from composes')
  await eventually(
    () => world.lab.world.odcs.composes.get(composeId)?.state,
    (state) => state === 'done',
  )
  await during('verify', () => handleReport(ctx, { kind: 'compose-reported', odcsComposeId: composeId }))
  for (const buildId of await ids('select id from artifact_builds order by id')) {
    await during('submit', () => submitBuild(ctx, buildId))
    await during('poll', () => pollTasks(ctx))
    const taskId = await one('select build_id as id from artifact_builds where state = 0')
    await eventually(
      () => hubTasks(world.lab).every(({ state }) => state === 'CLOSED'),
      (closed) => closed,
    )
    await during('verify', () => handleReport(ctx, { kind: 'task-reported', taskId }))
  }
  const bundles = await makeEvent(ctx, bundleEvent(String(BUNDLE_ADVISORY)))
  await during('discovery of bundles', () => discoverImages(ctx, bundles))
  signAdvisory(world.lab.world, FLATPAK_ADVISORY)
  const signing = await eventually(
    () => one(`select id from inbox where topic like '%signing'`),
    (id) => id > 0,
  )
  await during('intake of modules', () => interpretMessage(ctx, signing))
  const flatpaks = await one('select id from events where event_type_id = 17')
  await during('discovery of flatpaks', () => discoverImages(ctx, flatpaks))
  expect(await ids('select event_id as id from event_findings order by 1')).toEqual([
    eventId,
    bundles,
    flatpaks,
  ])
  expect(hubTasks(world.lab)).toHaveLength(IMAGES.length)
  expect(await ids('select id from artifact_builds where state <> 1')).toEqual([])
  const { 'look-up of a canceled task': _, ...stages } = STAGES
  expect(used).toEqual(
    Object.fromEntries(
      Object.entries(stages).map(([stage, cells]) => [
        stage,
        expect.toSatisfy(
          (columns: Column[]) => columns.toSorted().join() === gated(cells).join(),
          `${gated(cells).join() || 'no service'}`,
        ),
      ]),
    ),
  )
})

function gated(cells: Readonly<Record<Column, unknown>>): Column[] {
  return COLUMNS.filter((column) => typeof cells[column] !== 'string').toSorted()
}

function columnsOf(requests: Iterable<string>): Column[] {
  return [...requests].map((request) => {
    const [service = ''] = request.split(' ')
    return request.includes('kojifiles') ? 'files' : (service as Column) // the lab counts by the names of its services
  })
}
