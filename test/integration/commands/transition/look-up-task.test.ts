/** Checks what a closed task proves: its build must be in Koji, complete and of the right name, whatever kind of event it is for. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { lookUpTask, type TaskFact } from '../../../../src/commands/transition/look-up-task.ts'
import { writeFindings } from '../../../../src/db/queries/planning/findings.ts'
import { runningBuildOf } from '../../../../src/db/queries/running-tasks.ts'
import { EVENT_TYPES } from '../../../../src/domain/event.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'
import { startWorld } from '../../../support/lab/world.ts'
import { SUBMITTABLE } from '../../../support/rebuild/submitting.ts'

const KINDS = [
  ['an RPM advisory', EVENT_TYPES.ManualRebuildWithAdvisoryEvent],
  ['images by name', EVENT_TYPES.FreshmakerAsyncManualBuildEvent],
  ['bundles', EVENT_TYPES.BotasErrataShippedEvent],
  ['flatpaks', EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent],
] as const

/** A build of an event of this type whose task is closed. */
async function closedTask(eventTypeId: number, { scratch = false, files = true } = {}) {
  const world = await startWorld({ builder: { durationMs: () => 1 } })
  onTestFinished(world.stop)
  const file = `koji_requests_per_second: 1000\nkoji_container_scratch_build: ${scratch}`
  const { KOJI_TOP_URL: topUrl, ...env } = world.env
  const ctx = await createTestContext(files && topUrl ? world.env : env, file)
  onTestFinished(ctx.drop)
  const event = await makeEvent(ctx, { eventTypeId })
  const id = await makeBuild(ctx, event, SUBMITTABLE)
  await submitBuild(ctx, id)
  const taskId = (await buildColumn<number>(ctx, id, 'build_id')) ?? 0
  const { koji } = world.lab.world
  await eventually(
    () => koji.tasks.get(taskId)?.state,
    (state) => state === 'CLOSED',
  )
  const build = await runningBuildOf(ctx.db.fork(), taskId)
  if (!build) throw new Error(`build ${id} does not wait for task ${taskId}`)
  /** Changes the hub's answers to one method. */
  const answering = (method: string, change: (json: Record<string, unknown>) => unknown) => {
    world.lab.world.mutate = (service, operation, json) =>
      service === 'koji' && operation === method ? change(json as Record<string, unknown>) : json // a struct
  }
  const look = (over: Partial<typeof build> = {}) => lookUpTask(ctx, { ...build, ...over })
  return { build, answering, look, world: world.lab.world, ctx, db: ctx.db, settings: ctx.settings }
}

const good = (id: number, taskId: number): TaskFact => ({
  kind: 'task-closed',
  buildId: id,
  taskId,
  verification: { ok: true, note: null },
  seconds: expect.any(Number),
})
const cannot = (text: string) => ({ name: 'NotVerifiable', message: expect.stringContaining(text) })

describe.each(KINDS)('the closed task of an event about %s', (_kind, eventTypeId) => {
  it('counts only with its build', async () => {
    const { build, answering, look } = await closedTask(eventTypeId)
    answering('getTaskResult', (result) => ({ ...result, koji_builds: [], build: 'skipped' }))
    await expect(look()).rejects.toMatchObject(cannot('was closed without a Koji build'))
    answering('getTaskResult', (result) => ({ ...result, koji_builds: ['1'] }))
    await expect(look()).rejects.toMatchObject(cannot(`not ${build.rebuiltNvr}`))
    answering('getBuild', (record) => ({ ...record, state: 2 }))
    await expect(look()).rejects.toMatchObject(cannot('is DELETED, not COMPLETE'))
    answering('getBuild', () => null)
    await expect(look()).rejects.toMatchObject(cannot('no readable record'))
    answering('getBuild', (record) => record)
    expect(await look()).toEqual(good(build.id, build.taskId))
  })

  it('has a note on its build when that was made on another parent than the requested one', async () => {
    const { build, answering, look } = await closedTask(eventTypeId)
    const parent = { id: 5, nvr: 'base-container-1-1' }
    const extra = { image: { parent_build_id: parent.id, parent_image_builds: { 'base:1': parent } } }
    answering('getBuild', (record) => ({ ...record, extra }))
    for (const parentNvr of [null, parent.nvr])
      expect(await look({ parentNvr })).toEqual(good(build.id, build.taskId))
    const note = 'Built on base-container-1-1, not on base-container-1-1.9'
    expect(await look({ parentNvr: 'base-container-1-1.9' })).toMatchObject({
      verification: { ok: true, note },
    })
  })

  it('counts without a build when a scratch build was requested, whatever the setting is now', async () => {
    const { build, look, settings } = await closedTask(eventTypeId, { scratch: true })
    for (const isSet of [true, false]) {
      settings.file.koji_container_scratch_build = isSet
      expect(await look()).toEqual(good(build.id, build.taskId))
    }
  })

  it('does not count without a build just because scratch builds are requested now', async () => {
    const { answering, look, settings } = await closedTask(eventTypeId)
    settings.file.koji_container_scratch_build = true
    answering('getTaskResult', (result) => ({ ...result, koji_builds: [], build: 'skipped' }))
    await expect(look()).rejects.toMatchObject(cannot('was closed without a Koji build'))
  })
})

describe('a task whose number the hub has given to another request', () => {
  const other = { release: '1.1' }
  it.each([
    ['of another release', { request: ['src', 'target', other] }],
    ['without a release', { request: ['src', 'target', {}] }],
    ['by another method', { method: 'buildArch' }],
    ['that still runs', { request: ['src', 'target', other], state: 1 }],
    ['that was canceled', { request: ['src', 'target', other], state: 3 }],
  ])('%s is not that of the build, whose try has failed', async (_what, over) => {
    const { build, answering, look } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
    answering('getTaskInfo', (info) => ({ ...info, ...over }))
    const { id: buildId, taskId } = build
    const detail = `Koji has given the number of task ${taskId} to another request`
    expect(await look()).toEqual({ kind: 'task-failed', buildId, taskId, detail })
  })

  it('cannot be told from that of the build where its request cannot be read', async () => {
    const { build, answering, look } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
    for (const request of [[], null, ['src', 'target', { release: 7 }], 'rubbish']) {
      answering('getTaskInfo', (info) => ({ ...info, method: null, request }))
      expect(await look()).toEqual(good(build.id, build.taskId))
    }
  })
})

describe('the RPMs of the build of a closed task', () => {
  it('are read from its metadata file where the hub lists one for some architectures only', async () => {
    const { build, look, world, db } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
    const fixedRpms = ['openssl-libs-1:1.1.1k-12.el8_9', 'bash-4.4.20-4.el8_6']
    const findings = { nodes: [], considered: [], fixedRpms, whenEmpty: '', composes: null }
    await writeFindings(db.fork(), build.eventId, findings)
    const onArm = (rpms: unknown, change: (rpm: Record<string, unknown>) => object[]) =>
      (rpms as Record<string, unknown>[]).flatMap(
        (
          rpm, // a list of structs
        ) => (rpm['name'] === 'openssl-libs' && rpm['arch'] === 'aarch64' ? change(rpm) : [rpm]),
      )
    let [stale, filesRead] = [false, 0]
    world.mutate = (service, operation, json) => {
      if (service !== 'koji') return json
      if (operation === 'listRPMs') return onArm(json, () => [])
      if (operation !== 'GET kojifiles') return json
      filesRead += 1
      const { output } = json as { output: { components: unknown }[] } // the lab's own file
      const older = (rpm: object) => [{ ...rpm, release: stale ? '11.el8_9' : '12.el8_9' }]
      return { output: output.map((image) => ({ ...image, components: onArm(image.components, older) })) }
    }
    expect(await look({ rpmsToFix: ['bash'] })).toEqual(good(build.id, build.taskId))
    expect(filesRead).toBe(0)
    expect(await look({ rpmsToFix: ['openssl-libs'] })).toEqual(good(build.id, build.taskId))
    stale = true
    for (const rpmsToFix of [['openssl-libs'], null])
      expect(await look({ rpmsToFix })).toMatchObject({
        verification: { ok: false, text: expect.stringContaining('openssl-libs-1.1.1k-11.el8_9 instead') },
      })
    expect(filesRead).toBe(3)
  })

  type MetadataJson = { output: object[] }
  const withOneImage = ({ output, ...file }: MetadataJson) => ({ ...file, output: output.slice(0, 1) })
  const withoutRpms = ({ output, ...file }: MetadataJson) => ({
    ...file,
    output: output.map((image) => ({ ...image, components: [] })),
  })
  it.each([
    ['lacks in its list of archives only', null, null],
    ['was not built for any more', withOneImage, 'No longer built for aarch64'],
    ['lacks in its list, while its file has no RPMs of it', withoutRpms, 'No longer built for aarch64'],
  ])('are those of each architecture; one that it %s', async (_what, change, note) => {
    const { build, look, world } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
    const originalArches = ['aarch64', 'x86_64']
    world.mutate = (service, operation, json) => {
      if (service === 'koji' && operation === 'listArchives') return (json as unknown[]).slice(0, 1)
      return change && operation === 'GET kojifiles' ? change(json as MetadataJson) : json // the lab's own file
    }
    expect(await look({ originalArches: ['x86_64'] })).toEqual(good(build.id, build.taskId))
    expect(await look({ originalArches })).toMatchObject({ verification: { ok: true, note } })
  })

  it('that the catalogue does not know of the original either are those of the hub, when its files are out of reach', async () => {
    const { build, look, db } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent, { files: false })
    const fixedRpms = ['openssl-libs-1:1.1.1k-12.el8_9', 'nowhere-1-1.el8']
    const findings = { nodes: [], considered: [], fixedRpms, whenEmpty: '', composes: null }
    await writeFindings(db.fork(), build.eventId, findings)
    expect(await look({ rpmsToFix: null })).toEqual(good(build.id, build.taskId))
    await expect(look({ rpmsToFix: ['nowhere'] })).rejects.toMatchObject(cannot('KOJI_TOP_URL is not set'))
  })
})

it.each([
  ["took by the hub's clock", { create_ts: 1_795_000_000.25, completion_ts: 1_795_000_090.5 }, 90],
  ["took until its end was noticed, if the hub's times are not known", { completion_ts: null }, 18_000],
  [
    "took until its end was noticed, if the hub's times are odd",
    { create_ts: 1e300, completion_ts: 5 },
    18_000,
  ],
])('the duration of a build is what its task %s', async (_name, times, seconds) => {
  const { build, answering, look, ctx } = await closedTask(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
  answering('getTaskInfo', (info) => ({ ...info, ...times }))
  const fact = await look()
  if (!fact) throw new Error('the task runs')
  const submitted = new Date((await buildColumn<string>(ctx, build.id, 'task_submitted_at')) ?? '')
  const fiveHoursLater = new Date(submitted.getTime() + 18_000_000)
  await applyFact({ ...ctx, now: () => fiveHoursLater }, build.eventId, fact)
  expect(await ctx.db.fork().execute('select seconds from build_durations')).toEqual([{ seconds }])
})
