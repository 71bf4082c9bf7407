/** One odd member in the answers about one image: the plan for all other images stays the same, whichever member it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../../../lab/fault-rule.ts'
import { memberAt, ODD_VALUES, type Path, pathsIn, replaced, seeded } from '../../../support/lab/mutants.ts'
import { type Discovered, type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const ODD = 'image-odd-1-1'
const RUNS = 2 * ODD_VALUES.length
let discovery: Discovery

beforeAll(async () => {
  const names = ['image-a', 'image-b', 'image-odd', 'image-c']
  discovery = await startDiscovery(smallCatalogue(names.map((name) => ({ nvr: `${name}-1-1` }))))
})
afterAll(() => discovery.stop())

type Case = { service: Service; operation: string; isOdd: (record: unknown) => boolean; list: Path }

const names = (record: unknown) => JSON.stringify(record).includes('image-odd')

/** Answers in which records about several images are together, or come one for each image. */
const CASES: readonly Case[] = [
  { service: 'pyxis', operation: 'find_images', isOdd: names, list: ['data', 'find_images', 'data'] },
  {
    service: 'pyxis',
    operation: 'find_repositories',
    isOdd: names,
    list: ['data', 'find_repositories', 'data'],
  },
  { service: 'koji', operation: 'getBuild', isOdd: names, list: [] },
  { service: 'koji', operation: 'getTaskRequest', isOdd: names, list: [] },
]

/** What became of the other images: planned with these arguments, or not rebuilt for this reason. */
function othersIn({ plan, why }: Discovered): unknown {
  const others = plan.builds.filter(({ originalNvr }) => originalNvr !== ODD)
  const reasons = [...why].filter(([nvr]) => /^image-[abc]/.test(nvr))
  return JSON.parse(JSON.stringify({ others, reasons }))
}

/** Replaces one member of the odd image's record; `choose` selects the member. Says what it replaced. */
function mutateOne(
  { service, operation, isOdd, list }: Case,
  value: unknown,
  choose: (below: number) => number,
) {
  const seen = { path: '' }
  const choice = choose(1_000_000)
  discovery.lab.world.mutate = (from, what, json) => {
    if (from !== service || what !== operation) return json
    const records = list.length > 0 ? memberAt(json, list) : [json]
    const index = Array.isArray(records) ? records.findIndex(isOdd) : -1
    if (index < 0) return json
    const record = list.length > 0 ? [...list, index] : []
    const paths = pathsIn(memberAt(json, record), record)
    const path = paths[choice % paths.length] ?? record
    seen.path = path.join('.')
    return replaced(json, path, storableXml(value, service))
  }
  return seen
}

/** XML cannot carry these texts at all, and has no absent value outside of a struct. */
function storableXml(value: unknown, service: Service): unknown {
  return service === 'koji' && typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value
}

describe('an odd member of one record', () => {
  it.each(CASES)('of $service $operation leaves the plan of the other images as it is', async (one) => {
    discovery.lab.world.mutate = null
    const correct = othersIn(await discovery.run())
    const choose = seeded(one.operation.length)
    for (let run = 0; run < RUNS; run += 1) {
      const value = ODD_VALUES[run % ODD_VALUES.length]
      const seen = mutateOne(one, value, choose)
      const found = await discovery.run()
      expect(othersIn(found), `${seen.path} = ${JSON.stringify(value)}`).toEqual(correct)
      if (typeof value !== 'number') continue // any other kind may be a well-formed value that means something else
      const isAccounted =
        found.plan.builds.some(({ originalNvr }) => originalNvr === ODD) ||
        [...found.why.values()].some((reason) =>
          JSON.stringify(reason).match(/odd|cannot be read|\(x86_64\)/),
        )
      expect(isAccounted, `${seen.path} = ${JSON.stringify(value)} loses the image silently`).toBe(true)
    }
  })
})
