/** One odd member in what the hub answers about a task or a build: it costs at most that build, and nothing hangs. */
import { describe, expect, it } from 'vitest'
import { LAB_USER } from '../../lab/services/koji/records.ts'
import type { World } from '../../lab/world.ts'
import { duplicateKeys } from '../support/lab/hub-tasks.ts'
import { ODD_VALUES, pathsIn, replaced, seeded } from '../support/lab/mutants.ts'
import { ADVISORY } from '../support/rebuild/affected-images.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'
import { runningPipeline } from '../support/running-pipeline.ts'
import { smallImages, WORLD_SETTINGS } from '../support/trouble/small-world.ts'

const OPERATIONS = [
  'getTaskInfo',
  'getBuild',
  'getTaskResult',
  'listArchives',
  'listRPMs',
  'multiCall',
] as const
const ODD_ENTRIES = ODD_VALUES.filter((value) => !Array.isArray(value))
const IMAGES = 3 + ODD_VALUES.length
const nameOf = (index: number) => `image-${String(index).padStart(2, '0')}`

/** The index of the image that a value of the hub is about; undefined for what is older than the event. */
function imageOf(world: World, json: unknown): number | undefined {
  const text = JSON.stringify(json)
  const nvr = /image-(\d\d)-1-1\.\d{10}/.exec(text)?.[1]
  if (nvr !== undefined) return Number(nvr)
  const ids = [...text.matchAll(/"(?:id|build_id|koji_builds)":\["?(\d+)|"(?:id|build_id)":(\d+)/g)].map(
    (match) => Number(match[1] ?? match[2]),
  )
  for (const id of ids) {
    const name = /containers\/image-(\d\d)/.exec(JSON.stringify(world.koji.tasks.get(id)?.request ?? ''))?.[1]
    const built = world.koji.builds.get(id)?.nvr ?? ''
    const index = name ?? /image-(\d\d)-1-1\.\d{10}/.exec(built)?.[1]
    if (index !== undefined) return Number(index)
  }
  return undefined
}

/** From the third image on, each has one member replaced by another odd value in every such answer about it. */
function mutateAnswers(world: World, operation: (typeof OPERATIONS)[number]): void {
  const choose = seeded(operation.length)
  const choices = Array.from({ length: IMAGES }, () => choose(1_000_000))
  const left = [...ODD_ENTRIES]
  world.mutate = (service, what, json) => {
    if (service !== 'koji' || what !== operation) return json
    if (operation === 'multiCall') return hasTasks(world) ? mutateEntry(json, left) : json
    const image = imageOf(world, json)
    if (image === undefined || image < 3) return json
    const paths = pathsIn(json)
    const path = paths[(choices[image] ?? 0) % paths.length] ?? []
    return replaced(json, path, sendable(ODD_VALUES[image - 3]))
  }
}

/** The last entry of each of the first multicalls is neither a result (a list with one value) nor a fault. */
function mutateEntry(json: unknown, left: unknown[]): unknown {
  if (!Array.isArray(json) || left.length === 0) return json
  return replaced(json, [json.length - 1], sendable(left.pop()) ?? null)
}

/** Discovery is over: a source that cannot be read then would be a fact about its image. */
function hasTasks(world: World): boolean {
  return [...world.koji.tasks.values()].some(({ owner }) => owner === LAB_USER.id)
}

/** XML cannot carry NUL and halves of surrogate pairs. */
function sendable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value
}

describe('an odd member of an answer to', () => {
  it.each(OPERATIONS)('%s costs at most the build it is about', async (operation) => {
    const catalogue = smallCatalogue(
      Array.from({ length: IMAGES }, (_, index) => ({ nvr: `${nameOf(index)}-1-1` })),
    )
    // An entry that is odd this time is not the next time, however long that takes.
    const file = `verify_patience_s: ${operation === 'multiCall' ? 3600 : 2}`
    const { world, pipeline } = await runningPipeline({ catalogue }, { file })
    mutateAnswers(world.lab.world, operation)
    world.ship(ADVISORY)
    const event = await pipeline.untilEnded(ADVISORY)
    const states = new Map(
      event.builds.map(({ originalNvr, state, stateReason }) => [
        originalNvr,
        state === 'DONE' ? state : stateReason,
      ]),
    )
    expect(states.size).toBe(IMAGES)
    const untouched = operation === 'multiCall' ? IMAGES : 3
    for (let index = 0; index < untouched; index += 1)
      expect([nameOf(index), states.get(`${nameOf(index)}-1-1`)]).toEqual([nameOf(index), 'DONE'])
    for (const { state, stateReason } of event.builds)
      if (state !== 'DONE') expect([state, stateReason]).toEqual(['FAILED', expect.any(String)])
    expect(duplicateKeys(world.lab)).toEqual([])
  })
})

/** A compose that this event has requested; the one it got is only known by its id. */
const ODD_COMPOSES: [what: string, path: (string | number)[], value: unknown][] = [
  ['nothing', [], null],
  ['a list', [], []],
  ['a state that does not exist', ['state'], 99],
  ['a state that is a text', ['state'], 'done'],
  ['no state', ['state'], undefined],
  ['no id', ['id'], undefined],
  ['a source that is not a text', ['source'], { odd: [] }],
  ['a reason that is not a text', ['state_reason'], 7],
]

describe('an answer about a compose', () => {
  it.each(ODD_COMPOSES)(
    'with %s ends the builds that wait for it, or hurts none',
    async (_what, path, value) => {
      const options = { file: `${WORLD_SETTINGS}\nverify_patience_s: 1`, env: { POLL_INTERVAL_MS: '250' } }
      const { world, pipeline } = await runningPipeline({ catalogue: smallImages(), composeMs: 20 }, options)
      world.bus.dropMatching(({ topic }) => topic.includes('odcs')) // only the polls find the end of composes
      let answered = 0
      world.lab.world.mutate = (service, what, json) => {
        if (service !== 'odcs' || what !== 'GET /api/1/composes/:id') return json
        answered += 1
        return replaced(json, path, value)
      }
      world.ship(ADVISORY)
      const { builds } = await pipeline.untilEnded(ADVISORY)
      expect(answered).toBeGreaterThan(0)
      expect(builds).toHaveLength(3)
      const isOdd = !['source', 'state_reason'].includes(String(path[0]))
      for (const { state, stateReason } of builds)
        expect([state, stateReason]).toEqual(
          isOdd ? ['FAILED', expect.stringMatching(/compose|dependency/i)] : ['DONE', expect.any(String)],
        )
      expect(duplicateKeys(world.lab)).toEqual([])
    },
  )
})
