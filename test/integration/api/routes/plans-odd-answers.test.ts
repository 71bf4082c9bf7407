/** `POST /api/2/plans` with an odd member in any answer of any service: no error of ours, no other image touched, nothing silent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/api/app.ts'
import {
  HUGE_TEXT,
  memberAt,
  ODD_VALUES,
  type Path,
  pathsIn,
  replaced,
  seeded,
} from '../../../support/lab/mutants.ts'
import { ADVISORY } from '../../../support/rebuild/affected-images.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA}}}
errata_rhel_release_prefix: RHEL-
jira_email: bot@example.com
jira_token: hush
request_attempts: 1
koji_retry: 0
koji_requests_per_second: 1000
`
/** Images by family: a record about one image may cost those that are built on it, and the image that it is built on. */
const WORLDS = {
  'unrelated images': ['image-a', 'image-b', 'image-c', 'image-d'].map((name) => [{ nvr: `${name}-1-1` }]),
  'chains of images': ['family-a', 'family-b'].map((name) => [
    { nvr: `${name}-base-1-1` },
    { nvr: `${name}-middle-1-1`, from: `${name}-base-1-1` },
    { nvr: `${name}-top-1-1`, from: `${name}-middle-1-1` },
  ]),
}
const VALUES = [...ODD_VALUES, HUGE_TEXT]
/** About this many members of each operation's answer are replaced; replacing all would take minutes. */
const MAX_MEMBERS = 25
/** Every member of these answers is certainly odd when it is this number. */
const CERTAINLY_ODD = -1.5

type Plan = {
  builds: { original_nvr: string; state_name: string }[]
  not_rebuilt: { nvr: string; reason: string }[]
  skipped: string | null
}

let discovery: Discovery
/** The first words of all names in a family. */
let families: string[]
/** The largest answer to each operation, by service and operation. */
const answers = new Map<string, unknown>()
let correct: Plan

async function start(world: (typeof WORLDS)[keyof typeof WORLDS]): Promise<void> {
  families = world.flatMap(([first]) => /^\w+-\w/.exec(first?.nvr ?? '')?.[0] ?? [])
  discovery = await startDiscovery(smallCatalogue(world.flat()), SETTINGS)
  answers.clear()
  discovery.lab.world.mutate = (service, operation, json) => {
    const name = `${service} ${operation}`
    const longer = JSON.stringify(json).length > (JSON.stringify(answers.get(name)) ?? '').length
    if (longer) answers.set(name, json)
    return json
  }
  const { status, plan } = await preview()
  expect(status).toBe(200)
  expect(plan.builds).toHaveLength(world.flat().length)
  correct = plan
}

async function preview(): Promise<{ status: number; plan: Plan; text: string }> {
  const body = JSON.stringify({ errata_id: ADVISORY })
  const response = await createApp(discovery.ctx).request('/api/2/plans', { method: 'POST', body })
  const text = await response.text()
  return { status: response.status, plan: JSON.parse(text) as Plan, text }
}

/** Replaces one member of every answer that has it at this place and is as the recorded one. */
function mutate(name: string, path: Path, value: unknown): void {
  const recorded = JSON.stringify(answers.get(name))
  discovery.lab.world.mutate = (service, operation, json) => {
    if (`${service} ${operation}` !== name || JSON.stringify(json) !== recorded) return json
    return replaced(json, path, service === 'koji' ? sendable(value) : value)
  }
}

/** XML cannot carry NUL and halves of surrogate pairs, nor an absent value outside of a struct. */
function sendable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value
}

/** The family that the smallest record around a member is about; undefined: none alone. */
function familyAt(json: unknown, path: Path): string | undefined {
  for (let length = 0; length <= path.length; length += 1) {
    const text = JSON.stringify(memberAt(json, path.slice(0, length))) ?? ''
    const named = families.filter((family) => text.includes(family))
    if (named.length === 1) return named[0]
  }
  return undefined
}

/** What becomes of all images but those of one family. */
function othersIn({ builds, not_rebuilt }: Plan, family: string): unknown {
  const isOther = (nvr: string) => families.some((name) => name !== family && nvr.startsWith(name))
  return {
    builds: builds
      .filter((build) => isOther(build.original_nvr))
      .map((build) => ({ ...build, order: 0, remaining_path_seconds: 0 })),
    reasons: not_rebuilt.filter(({ nvr }) => isOther(nvr)),
  }
}

/** Images that are no longer built, although nothing reports an answer that could not be read. */
function lostIn({ builds, not_rebuilt }: Plan): string[] {
  if (not_rebuilt.some(({ reason }) => /cannot be read|could not be/.test(reason))) return []
  const known = new Set([...builds.map((one) => one.original_nvr), ...not_rebuilt.map(({ nvr }) => nvr)])
  return correct.builds.flatMap(({ original_nvr: nvr }) => (known.has(nvr) ? [] : [nvr]))
}

/** Some of many members, the same in every run. */
function sampleOf(paths: readonly Path[]): Path[] {
  const choose = seeded(paths.length)
  return paths.filter(() => choose(paths.length) < MAX_MEMBERS)
}

const SERVICES = ['errata', 'jira', 'pulp', 'pyxis', 'koji']

describe.each(Object.entries(WORLDS))('an odd member of any answer about %s', (_title, world) => {
  beforeAll(() => start(world))
  afterAll(() => discovery.stop())

  it.each(SERVICES)('of %s never ends in an error of ours, and costs no other family', async (service) => {
    const names = [...answers.keys()].filter((name) => name.startsWith(`${service} `))
    expect(names.length).toBeGreaterThan(0)
    const faults: string[] = []
    let turn = 0
    for (const name of names) {
      const json = answers.get(name)
      for (const path of sampleOf([[], ...pathsIn(json)])) {
        turn += 1
        const value = turn % 2 === 0 ? CERTAINLY_ODD : VALUES[(turn >> 1) % VALUES.length]
        if (name === 'koji multiCall' && value === undefined && path.length === 1) continue // which one is missing?
        mutate(name, path, value)
        const { status, plan, text } = await preview()
        const where = `${name} ${path.join('.')} = ${String(JSON.stringify(value)).slice(0, 40)}`
        const fault = faultOf(status, plan, familyAt(json, path), value)
        if (fault) faults.push(`${where}: ${fault} ${text.slice(0, 300)}`)
      }
    }
    expect(faults).toEqual([])
  })
})

function faultOf(status: number, plan: Plan, family: string | undefined, value: unknown): string | undefined {
  if (status === 502 || status === 504)
    return family === undefined ? undefined : `costs all images (${status})`
  if (status !== 200) return `ends in ${status}`
  const isSame = family === undefined || isEqual(othersIn(plan, family), othersIn(correct, family))
  if (!isSame) return 'changes another family'
  const lost = value === CERTAINLY_ODD ? lostIn(plan) : []
  return lost.length > 0 ? `loses ${lost.join(', ')} silently` : undefined
}

const isEqual = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right)
