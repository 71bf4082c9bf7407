import { describe, expect, it } from 'vitest'
import { createCoalesced } from '../../../../src/lib/async/coalesced.ts'

function controlled() {
  const runs: { end: (error?: Error) => void }[] = []
  const request = createCoalesced(
    () =>
      new Promise<void>((resolve, reject) => {
        runs.push({ end: (error) => (error ? reject(error) : resolve()) })
      }),
  )
  return { runs, request }
}

describe('work for all callers', () => {
  it('that wait is one further run, which begins after they came', async () => {
    const { runs, request } = controlled()
    const first = request()
    const [second, third] = [request(), request()]
    expect(runs).toHaveLength(1)
    runs[0]?.end()
    await first
    await Promise.resolve()
    expect(runs).toHaveLength(2)
    runs[1]?.end()
    await Promise.all([second, third])
    expect(runs).toHaveLength(2)
  })

  it('never runs twice at a time, also for a caller that comes when a run ends', async () => {
    let running = 0
    let most = 0
    const request = createCoalesced(async () => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
    })
    const later = async (ticks: number) => {
      for (let n = 0; n < ticks; n += 1) await Promise.resolve()
      await request()
    }
    await Promise.all(Array.from({ length: 40 }, (_none, n) => later(n)))
    expect(most).toBe(1)
  })

  it('that failed fails for its callers alone', async () => {
    const { runs, request } = controlled()
    const first = request()
    const second = request()
    runs[0]?.end(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await Promise.resolve()
    runs[1]?.end()
    await second
  })
})
