/** Events that ended by a mistake or an outage, taken up again: what failed is built once more, what is DONE stays. */
import { describe, expect, it } from 'vitest'
import { EL8, FIXED_OPENSSL } from '../../lab/catalogue/streams.ts'
import type { FaultRule } from '../../lab/fault-rule.ts'
import { resumptionOf } from '../../src/db/queries/planning/resumptions.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import type { TestWorld } from '../support/lab/world.ts'
import type { Pipeline } from '../support/pipeline.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { expectProperlyResumed, resume, resumeNow } from '../support/rebuild/resumed-event.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 8
/** Built on the base image, and the parent of other images. */
const MIDDLE = 'image-1-container'
const IMPATIENT = { file: 'trouble_patience_s: 1\n' }
const catalogue = affectedImages(IMAGES)

describe('an event whose builds failed', () => {
  it('is completed by one that resumes it: each remaining image once, on the right parent', async () => {
    const { world, pipeline, old } = await eventWithFailures()
    const left = old.builds.filter(({ state }) => state === 'FAILED')
    expect(left.length).toBeGreaterThan(1)
    const tasksBefore = hubTasks(world.lab).length
    const id = await resumeNow(pipeline.ctx, old.id)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event).toMatchObject({
      id,
      state: 'COMPLETE',
      stateReason: `Advisory ${ADVISORY}: All ${left.length} container images have been rebuilt.`,
    })
    expect(namesOf(event)).toEqual(left.map(({ originalNvr }) => originalNvr).toSorted())
    expect(hubTasks(world.lab)).toHaveLength(tasksBefore + left.length)
    expectProperlyResumed(world, old, event)
    expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
    const started = world.sent('event.state.changed').find(({ body }) => body.id === id)
    expect(started?.body).toMatchObject({
      state_name: 'BUILDING',
      state_reason: `Advisory ${ADVISORY}: Rebuilding ${left.length} container images. Resumes event ${old.id}.`,
      depends_on_events: [old.id],
    })
    expect(await resume(pipeline.ctx, old.id)).toMatchObject({ refused: { kind: 'nothing-left' } })
  })

  it('is resumed once by ten calls at the same time, although the job of the new event is lost', async () => {
    const { world, pipeline, old } = await eventWithFailures()
    const withoutJobs = {
      ...pipeline.ctx,
      queues: { ...pipeline.ctx.queues, enqueue: async () => undefined },
    }
    const answers = await Promise.all(Array.from({ length: 10 }, () => resume(withoutJobs, old.id)))
    const [first, ...more] = answers.flatMap((answer) => ('eventId' in answer ? [answer.eventId] : []))
    expect(more).toEqual([])
    const text = `Event ${first} already resumes event ${old.id}.`
    const refusals = answers.flatMap((answer) => ('refused' in answer ? [answer.refused] : []))
    expect(refusals).toEqual(Array(9).fill({ kind: 'open', text, eventId: first }))
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event).toMatchObject({ id: first, state: 'COMPLETE' })
    expectProperlyResumed(world, old, event)
  })

  it('can be resumed again through the event that failed to resume it', async () => {
    const { world, pipeline, old } = await eventWithFailures({ times: 6 })
    const second = await resumeNow(pipeline.ctx, old.id)
    const failed = await pipeline.untilEnded(ADVISORY)
    expect(failed).toMatchObject({ id: second, state: 'FAILED' })
    await resumeNow(pipeline.ctx, second)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event).toMatchObject({ state: 'COMPLETE' })
    expect(namesOf(event)).toEqual(namesOf(failed))
    expectProperlyResumed(world, old, event)
  })
})

describe('a build whose parent is deleted in Koji after its plan', () => {
  it('gets another parent when its event is resumed', async () => {
    const fixed = {
      tags: [],
      repository: 'product/mid',
      adds: [...EL8.base, ...FIXED_OPENSSL.el8.slice(1, 2)],
    }
    const images = smallCatalogue([
      { nvr: 'mid-1-5', tags: [], repository: 'product/mid' },
      { nvr: 'mid-1-6', ...fixed },
      { nvr: 'mid-1-7', ...fixed },
      { nvr: 'app-1-1', from: 'mid-1-5' },
      { nvr: 'top-1-1', from: 'app-1-1' },
    ])
    const { world, pipeline } = await runningPipeline({ catalogue: images })
    let queries = 0
    world.lab.world.mutate = (service, operation, json) => {
      const isParent = service === 'koji' && operation === 'getBuild' && Object(json).nvr === 'mid-1-7'
      if (isParent) queries += 1
      return isParent && queries > 1 ? { ...Object(json), state: 2 } : json
    }
    world.ship(ADVISORY)
    const old = await pipeline.untilEnded(ADVISORY)
    expect(old.builds).toMatchObject([
      { originalNvr: 'app-1-1', state: 'FAILED', stateReason: expect.stringContaining('mid-1-7 is DELETED') },
      { originalNvr: 'top-1-1', state: 'FAILED' },
    ])
    await resumeNow(pipeline.ctx, old.id)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event.builds).toMatchObject([
      { originalNvr: 'app-1-1', state: 'DONE' },
      { originalNvr: 'top-1-1', state: 'DONE' },
    ])
    const parents = [...world.lab.world.koji.tasks.values()].flatMap(
      (task) => Object(task.request[2]).koji_parent_build ?? [],
    )
    expect(parents).toEqual(['mid-1-6', event.builds[0]?.rebuiltNvr])
  })
})

describe('an event that ended in trouble', () => {
  it('at discovery is discovered again', async () => {
    const { pipeline, old, clear } = await eventInTrouble({ service: 'pyxis', kind: 'status' })
    expect(old).toMatchObject({ state: 'FAILED', builds: [] })
    clear()
    const id = await resumeNow(pipeline.ctx, old.id)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event).toMatchObject({ id, state: 'COMPLETE' })
    expect(event.builds).toHaveLength(IMAGES)
  })

  it('at submission is resumed with all that waited', async () => {
    const fault = { service: 'koji', kind: 'call-fault', operation: 'buildContainer', code: 1014 } as const
    const { world, pipeline, old, clear } = await eventInTrouble(fault)
    expect(old.state).toBe('FAILED')
    expect(hubTasks(world.lab)).toEqual([])
    clear()
    await resumeNow(pipeline.ctx, old.id)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event.state).toBe('COMPLETE')
    expect(namesOf(event)).toEqual(namesOf(old))
    expectProperlyResumed(world, old, event)
    expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  })

  it('is discovered again for images whose sources could not be found', async () => {
    const middle = catalogue.images.find((image) => image.nvr.startsWith(MIDDLE))?.nvr ?? ''
    const fault = { kind: 'call-fault', operation: 'getBuild', argument: middle, code: 1000 } as const
    const { world, pipeline, old, clear } = await eventInTrouble({ service: 'koji', ...fault })
    const failed = old.builds.filter(({ state }) => state === 'FAILED')
    expect(failed.length).toBeGreaterThan(1)
    expect(old.builds.find(({ originalNvr }) => originalNvr === middle)?.args.repository).toBeNull()
    clear()
    await resumeNow(pipeline.ctx, old.id)
    const event = await pipeline.untilEnded(ADVISORY)
    expect(event.state).toBe('COMPLETE')
    expect(namesOf(event)).toEqual(failed.map(({ originalNvr }) => originalNvr).toSorted())
    expectProperlyResumed(world, old, event)
  })
})

it('a resumed event requests new composes for the builds of an event whose composes failed', async () => {
  const composes = catalogue.composes.map((compose) => ({ ...compose, source: 'something-else' }))
  const { world, pipeline } = await runningPipeline({ catalogue: { ...catalogue, composes } })
  world.lab.world.odcs.failNext = 99
  world.ship(ADVISORY)
  const old = await pipeline.untilEnded(ADVISORY)
  expect(old.state).toBe('FAILED')
  world.lab.world.odcs.failNext = 0
  await resumeNow(pipeline.ctx, old.id)
  const event = await pipeline.untilEnded(ADVISORY)
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expectProperlyResumed(world, old, event)
})

it('a resumed event builds only what is named, and the rest when it is resumed again', async () => {
  const { world, pipeline, old } = await eventWithFailures({
    names: ['image-3-container', 'image-4-container'],
  })
  const named = old.builds.find(({ originalNvr }) => originalNvr.startsWith('image-3-container'))
  const request = { buildIds: [named?.id ?? 0], requester: 'alice', reason: 'the disk was full' }
  const resumed = await resume(pipeline.ctx, old.id, request)
  const event = await pipeline.untilEnded(ADVISORY)
  expectProperlyResumed(world, old, event)
  expect(event).toMatchObject({ state: 'COMPLETE', builds: [{ originalNvr: named?.originalNvr }] })
  const resumption = await resumptionOf(pipeline.ctx.db.fork(), event.id)
  expect(resumption).toMatchObject({ resumes: old.id, reason: 'the disk was full' })
  expect(resumed).toMatchObject({ eventId: event.id, builds: resumption?.builds })
  const rest = await resumeNow(pipeline.ctx, old.id)
  const last = await pipeline.untilEnded(ADVISORY)
  expect(last).toMatchObject({ id: rest, state: 'COMPLETE' })
  const rebuilt = [old, event, last].flatMap(({ builds }) => builds.filter(({ state }) => state === 'DONE'))
  expect(rebuilt.map(({ originalNvr }) => originalNvr).toSorted()).toEqual(namesOf(old))
})

type Ended = { world: TestWorld; pipeline: Pipeline; old: EndedEvent }

/** An event that ended COMPLETE, in which the builds of some images failed `times` times. */
async function eventWithFailures({ times = 3, names = [MIDDLE] } = {}): Promise<Ended> {
  const failure = { times, code: 2001, text: 'Image build failed.' }
  const failures = Object.fromEntries(names.map((name) => [name, { ...failure }]))
  const { world, pipeline } = await runningPipeline(
    { catalogue, builder: { failures } },
    { file: 'build_retry_delays: [0]\n' },
  )
  world.ship(ADVISORY)
  const old = await pipeline.untilEnded(ADVISORY)
  expect(old.state).toBe('COMPLETE')
  return { world, pipeline, old }
}

/** An event that ended while a service was in trouble; `clear` ends the trouble. */
async function eventInTrouble(fault: FaultRule): Promise<Ended & { clear: () => void }> {
  const { world, pipeline } = await runningPipeline({ catalogue }, IMPATIENT)
  world.lab.world.faults.push(fault)
  world.ship(ADVISORY)
  const old = await pipeline.untilEnded(ADVISORY)
  return { world, pipeline, old, clear: () => world.lab.world.faults.splice(0) }
}

function namesOf({ builds }: EndedEvent): string[] {
  return builds.map(({ originalNvr }) => originalNvr).toSorted()
}
