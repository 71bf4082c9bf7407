/** Whatever fails between us and the hub, a build is submitted at most once, and the result for the caller is correct. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKojiClient } from '../../../../src/clients/koji/client.ts'
import { OutcomeUnknown, UpstreamError } from '../../../../src/lib/errors.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { type FakeHub, startHub, type Trouble } from '../../../support/lab/fake-hub.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'

type Mishap = Trouble | 'expire' | 'forget'

const lost = fc.constantFrom<Trouble['kind']>('drop', 'garbage', 500, 502, 503, 504)
const refused = fc.constantFrom<Trouble['kind']>(403, 429)
const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  lost.map((kind): Mishap => ({ when: 'before', kind })),
  lost.map((kind): Mishap => ({ when: 'after', kind })),
  refused.map((kind): Mishap => ({ when: 'before', kind })), // a refused request was not carried out
  fc.constantFrom<Mishap>('expire', 'forget'),
)
const mishaps = fc.array(mishap, { maxLength: 5 })

function request(index: number) {
  return {
    source: `git://pkgs.example.com/containers/app${index}#89abcdef`,
    target: 'rhel-8-containers-candidate',
    opts: { scratch: false, git_branch: 'rhel-8', release: `3.${index}` },
  }
}

/** Mishaps of the session happen at once, those of requests at the next request. */
function happen(hub: FakeHub, mishap: Mishap): void {
  if (mishap === 'forget') hub.sessions.length = 0
  else if (mishap === 'expire') for (const session of hub.sessions) session.expired = true
  else hub.troubles.push(mishap)
}

test('no build is submitted twice, and every result is correct, also of the reads that go along', async () => {
  const hub = await startHub()
  hub.methods.getBuild = ([id]) => containerBuild(Number(id), `app-1-${id}`)
  const submitted = { count: 0, unknown: 0, refused: 0 }
  const answered: [string | undefined, string][] = []
  await fc.assert(
    fc.asyncProperty(
      mishaps,
      fc.integer({ min: 1, max: 3 }),
      fc.nat({ max: 3 }),
      async (planned, together, beside) => {
        const koji = createKojiClient({
          ...clientOptions(hub.url, { retry: { attempts: 3, firstDelayMs: 1 } }),
          auth: { kind: 'password', user: 'freshwave', password: 'secret' },
          requestsPerSecond: 1000,
        })
        await koji.getLoggedInUser()
        for (const mishap of planned) happen(hub, mishap)
        const first = submitted.count + 1
        submitted.count += together
        const wanted = Array.from({ length: together }, (_, index) => request(first + index))
        const read = Array.from({ length: beside }, (_, index) => koji.getBuild(first + index))
        const results = await Promise.allSettled(wanted.map((request) => koji.submitContainer(request)))
        for (const [index, result] of (await Promise.allSettled(read)).entries()) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UpstreamError)
          else answered.push([result.value?.nvr, `app-1-${first + index}`])
        }
        hub.troubles.length = 0
        for (const [index, result] of results.entries()) {
          const tasks = hub.tasks.filter(({ request: [source] }) => source === wanted[index]?.source)
          expect(tasks.length).toBeLessThanOrEqual(1)
          if (result.status === 'fulfilled') expect(tasks.map(({ id }) => id)).toEqual([result.value])
          else if (result.reason instanceof OutcomeUnknown) submitted.unknown += 1
          else {
            expect(tasks).toEqual([])
            submitted.refused += 1
          }
        }
        await koji.close()
      },
    ),
    { numRuns: 150 },
  )
  expect(hub.tasks.length).toBeGreaterThan(20)
  expect(submitted.unknown).toBeGreaterThan(0)
  expect(submitted.refused).toBeGreaterThan(0)
  expect(answered.length).toBeGreaterThan(100)
  for (const [nvr, wanted] of answered) expect(nvr).toBe(wanted)
  const mixed = hub.received.filter(
    ({ body }) => body.includes('buildContainer') && body.includes('getBuild'),
  )
  expect(mixed.length).toBeGreaterThan(20)
})
