import { expect, it } from 'vitest'
import { createSharedRuns } from '../../../../src/lib/async/shared-runs.ts'

/** Work that ends on demand, and records whether it was shared. */
function recorded() {
  const runs: { isShared: boolean; end: (value: string) => void; fail: (error: Error) => void }[] = []
  const work = (isShared: boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    runs.push({ isShared, end: resolve, fail: reject })
    return promise
  }
  return { runs, work }
}
/** Resolves when everything that is ready has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a call alone runs at once, and is not shared', async () => {
  const share = createSharedRuns<string>()
  const { runs, work } = recorded()
  const first = share('k', work)
  expect(runs).toHaveLength(1)
  runs[0]?.end('a')
  expect([await first, runs[0]?.isShared]).toEqual([{ value: 'a', isOwn: true }, false])
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
    { value: 'old', isOwn: true },
    { value: 'new', isOwn: true },
    { value: 'new', isOwn: false },
    { value: 'new', isOwn: false },
    { value: 'newest', isOwn: true },
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
  expect(await second).toEqual({ value: 'b', isOwn: true })
  const third = share('k', work)
  runs[2]?.end('c')
  expect((await third).value).toBe('c')
})

it('the work never runs twice at a time, also for a caller that comes when a run ends', async () => {
  let running = 0
  let maxRunning = 0
  const share = createSharedRuns<void>()
  const work = async () => {
    running += 1
    maxRunning = Math.max(maxRunning, running)
    await Promise.resolve()
    running -= 1
  }
  const callAfter = async (ticks: number) => {
    for (let n = 0; n < ticks; n += 1) await Promise.resolve()
    await share('k', work)
  }
  await Promise.all(Array.from({ length: 40 }, (_none, n) => callAfter(n)))
  expect(maxRunning).toBe(1)
})
