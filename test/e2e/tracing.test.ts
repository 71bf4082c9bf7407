/** The trace of an advisory, from its message to the last message about its images, over all processes and their ends. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Service, startService } from '../support/programs/service.ts'
import {
  type CollectedSpan,
  type Collector,
  orphansOf,
  startCollector,
} from '../support/programs/trace-collector.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { readProgress } from '../support/rebuild/progress.ts'

const IMAGES = 12
const BUILDER = { parallelism: 4, durationMs: () => 200 }

describe('the trace of an advisory', () => {
  it('has one root, no orphans, each build with its task, and every call, transaction and message', async () => {
    const { service, collector } = await start()
    service.world.ship(ADVISORY)
    const event = await service.untilEnded(ADVISORY)
    const spans = await wholeTrace(service, collector)

    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined).map(({ name }) => name)).toEqual([
      'receive',
    ])
    expect(orphansOf(spans)).toEqual([])
    const services = new Set(spans.map(({ service }) => service))
    expect(services).toEqual(new Set(['freshwave-ingest', 'freshwave-worker']))
    expect(tasksOf(spans)).toEqual(new Map(event.builds.map(({ id, taskId }) => [id, taskId])))
    expect(submissionsOutside(spans)).toEqual([])
    const names = new Set(spans.map(({ name }) => name))
    for (const word of ['intake', 'discover', 'plan', 'submit', 'transition', 'publish'])
      expect(names).toContain(`process ${word}`)
    expect(names).toContain('transaction')
    expect(names).toContain('koji multiCall')
    expect(spans.find(({ attributes }) => attributes['peer.service'] === 'errata')).toMatchObject({
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 },
    })
    expect(spans.filter(({ isError }) => isError)).toEqual([])
    expect(sendersOf(service, spans)).toEqual(sentTopics(service).map((topic) => `send ${topic}`))
  })

  it('stays one when the worker is killed at every stage and the queues are emptied', async () => {
    const { service, collector } = await start()
    service.world.ship(ADVISORY)
    const reached = (done: (now: Awaited<ReturnType<typeof readProgress>>) => boolean) =>
      eventually(() => readProgress(service.world, service.db), done)
    await reached(({ state }) => state !== undefined)
    await service.restart('worker')
    await reached(({ tasks }) => tasks >= 2)
    await service.restart('worker', () => service.emptyQueues())
    await reached(({ ended }) => ended >= 4)
    await service.restart('worker')
    const event = await service.untilEnded(ADVISORY)
    const spans = await wholeTrace(service, collector, false)

    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1)
    const about = collector.spans.filter(({ attributes }) => attributes['freshwave.event.id'] === event.id)
    expect(about.length).toBeGreaterThan(IMAGES)
    expect(new Set(about.map(({ traceId }) => traceId))).toEqual(new Set([spans[0]?.traceId]))
    expect(event.builds).toHaveLength(IMAGES)
    for (const build of event.builds) {
      const named = spans.some(({ attributes }) => attributes['koji.task.id'] === build.taskId)
      expect({ build: build.id, named }).toEqual({ build: build.id, named: true })
    }
  })
})

async function start(): Promise<{ service: Service; collector: Collector }> {
  const collector = await startCollector()
  const lab = { catalogue: affectedImages(IMAGES), builder: BUILDER }
  const service = await startService('postgres', lab, collector.env)
  onTestFinished(service.stop)
  return { service, collector }
}

/** All spans of the trace that the event belongs to, once the one that sent its last message is there; `isWhole`: and all parents. */
async function wholeTrace(
  { world }: Service,
  { spans }: Collector,
  isWhole = true,
): Promise<CollectedSpan[]> {
  const [, traceId, spanId] = await lastTraceparent(world)
  const own = () => spans.filter((span) => span.traceId === traceId)
  const isThere = (found: CollectedSpan[]) => found.some((span) => span.spanId === spanId)
  return eventually(own, (found) => isThere(found) && !(isWhole && orphansOf(found).length > 0))
}

/** The parts of the `traceparent` that went out with the last message about the event. */
async function lastTraceparent({ bus }: Service['world']): Promise<string[]> {
  const last = await eventually(
    () => bus.received('VirtualTopic.eng.freshmaker.event.state.changed.min').at(-1),
    (message) => message?.body?.includes('"COMPLETE"') ?? false,
  )
  return String(last?.properties.traceparent).split('-')
}

/** The task of each build, by the spans of submissions that were stored. */
function tasksOf(spans: readonly CollectedSpan[]): Map<number, number | null> {
  const submitted = spans.filter(({ name }) => name === 'apply task-submitted')
  return new Map(
    submitted.map(({ attributes }) => [
      Number(attributes['freshwave.build.id']),
      Number(attributes['koji.task.id']),
    ]),
  )
}

/** Submissions whose parent is not the span of a build; there is at least one for each build. */
function submissionsOutside(spans: readonly CollectedSpan[]): CollectedSpan[] {
  const builds = new Set(spans.filter(({ name }) => name === 'build').map(({ spanId }) => spanId))
  const submits = spans.filter(({ name }) => name === 'process submit')
  expect(builds.size).toBe(IMAGES)
  expect(submits.length).toBeGreaterThanOrEqual(IMAGES)
  return submits.filter(({ parentSpanId }) => !builds.has(parentSpanId ?? ''))
}

const PREFIX = 'VirtualTopic.eng.freshmaker.'
const OWN = /(build|event)\.state\.changed/

function sentByUs({ world }: Service) {
  return world.bus.received(PREFIX).filter(({ topic }) => OWN.test(topic))
}

function sentTopics(service: Service): string[] {
  const topics = sentByUs(service).map(({ topic }) => topic.slice(PREFIX.length))
  expect(topics.length).toBeGreaterThan(IMAGES)
  return topics
}

/** The names of the spans that the `traceparent` of each message names. */
function sendersOf(service: Service, spans: readonly CollectedSpan[]): (string | undefined)[] {
  const names = new Map(spans.map(({ spanId, traceId, name }) => [`00-${traceId}-${spanId}-01`, name]))
  return sentByUs(service).map(({ properties }) => names.get(String(properties.traceparent)))
}
