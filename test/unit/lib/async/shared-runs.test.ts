import { expect, it } from 'vitest'
import { createSharedRuns } from '../../../../src/lib/async/shared-runs.ts'

/** Work that ends when it is told to, and says what it was told about being shared. */
function recorded() {
  const runs: { isShared: boolean; end: (value: string) => void; fail: (error: Error) => void }[] = []
  const work = (isShared: boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    runs.push({ isShared, end: resolve, fail: reject })
    return promise
  }
  return { runs, work }
}
/** Until everything that is ready has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a call alone runs at once, and is not shared', async () => {
  const share = createSharedRuns<string>()
  const { runs, work } = recorded()
  const first = share('k', work)
  expect(runs).toHaveLength(1)
  runs[0]?.end('a')
  expect([await first, runs[0]?.isShared]).toEqual([{ value: 'a', own: true }, false])
})

it('calls that come during a run share the next one, which begins after all of them', async () => {
  const share = createSharedRuns<string>()
  const { runs, work } = recorded()
  const calls = [share('k', work), share('k', work), share('k', work)]
  await settled()
  expect(runs).toHaveLength(1)
  calls.push(share('k', work))
  runs[0]?.end('old')
  await settled()
  expect(runs.map(({ isShared }) => isShared)).toEqual([false, true])
  calls.push(share('k', work)) // the run has begun without it
  runs[1]?.end('new')
  await settled()
  runs[2]?.end('newest')
  expect(await Promise.all(calls)).toEqual([
    { value: 'old', own: true },
    { value: 'new', own: true },
    { value: 'new', own: false },
    { value: 'new', own: false },
    { value: 'newest', own: true },
  ])
  expect(runs[2]?.isShared).toBe(false)
})

it('other keys do not wait', async () => {
  const share = createSharedRuns<string>()
  const { runs, work } = recorded()
  const calls = [share('a', work), share('b', work)]
  expect(runs).toHaveLength(2)
  for (const { end } of runs) end('x')
  await Promise.all(calls)
})

it('an error ends its own run alone', async () => {
  const share = createSharedRuns<string>()
  const { runs, work } = recorded()
  const first = share('k', work)
  const second = share('k', work)
  runs[0]?.fail(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await settled()
  runs[1]?.end('b')
  expect(await second).toEqual({ value: 'b', own: true })
  const third = share('k', work)
  runs[2]?.end('c')
  expect((await third).value).toBe('c')
})
