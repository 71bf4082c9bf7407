/** Shared work runs once for several callers; each of them can leave without affecting the others. */
import { describe, expect, it } from 'vitest'
import { createSharedWork } from '../../../../src/lib/async/shared-work.ts'

const NEVER = new AbortController().signal

/** Work that the test finishes, with a record of its starts and of whether it was aborted. */
function controlled() {
  const started: { signal: AbortSignal; finish: (value: string) => void; fail: (error: Error) => void }[] = []
  const start = (signal: AbortSignal) =>
    new Promise<string>((finish, fail) => {
      started.push({ signal, finish, fail })
    })
  return { started, start, shared: createSharedWork<string>() }
}

/** Work begins at the end of a turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('shared work', () => {
  it('starts once for all callers with the same key that come together', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    await turn()
    started[0]?.finish('done')
    expect(await Promise.all(both)).toEqual(['done', 'done'])
    expect(started).toHaveLength(1)
  })

  it('that has begun is followed by one for all that came since', async () => {
    const { shared, start, started } = controlled()
    const first = shared.join('k', NEVER, start)
    await turn()
    const late = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    await turn()
    expect(started).toHaveLength(1)
    started[0]?.finish('old')
    expect(await first).toBe('old')
    late.push(shared.join('k', NEVER, start))
    await turn()
    started[1]?.finish('new')
    expect(await Promise.all(late)).toEqual(['new', 'new', 'new'])
    expect(started).toHaveLength(2)
  })

  it('starts once per key, and again after it has finished', async () => {
    const { shared, start, started } = controlled()
    const [a, b] = [shared.join('a', NEVER, start), shared.join('b', NEVER, start)]
    await turn()
    started[0]?.finish('A')
    started[1]?.finish('B')
    expect(await Promise.all([a, b])).toEqual(['A', 'B'])
    const again = shared.join('a', NEVER, start)
    await turn()
    started[2]?.finish('A2')
    expect(await again).toBe('A2')
  })

  it('fails for all its callers, and starts again for those that came since', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    await turn()
    const next = shared.join('k', NEVER, start)
    started[0]?.fail(new Error('broken'))
    for (const one of both) await expect(one).rejects.toThrow('broken')
    await turn()
    started[1]?.finish('well')
    expect(await next).toBe('well')
  })

  it('continues when one of two callers leaves, and the other gets the result', async () => {
    const { shared, start, started } = controlled()
    const leaver = new AbortController()
    const first = shared.join('k', leaver.signal, start)
    const second = shared.join('k', NEVER, start)
    await turn()
    leaver.abort(new Error('out of time'))
    await expect(first).rejects.toThrow('out of time')
    expect(started[0]?.signal.aborted).toBe(false)
    started[0]?.finish('done')
    expect(await second).toBe('done')
  })

  it('is aborted when its last caller leaves, and does not hold up those that came since', async () => {
    const { shared, start, started } = controlled()
    const leaver = new AbortController()
    const only = shared.join('k', leaver.signal, start)
    await turn()
    const next = shared.join('k', NEVER, start)
    leaver.abort(new Error('out of time'))
    await expect(only).rejects.toThrow('out of time')
    expect(started[0]?.signal.aborted).toBe(true)
    await turn()
    expect(started).toHaveLength(2)
    started[0]?.finish('old')
    const after = shared.join('k', NEVER, start)
    started[1]?.finish('fresh')
    expect(await next).toBe('fresh')
    await turn()
    started[2]?.finish('last')
    expect(await after).toBe('last')
  })

  it('does not start for callers that give up before it has begun', async () => {
    const { shared, start, started } = controlled()
    await expect(shared.join('k', AbortSignal.abort(new Error('gone')), start)).rejects.toThrow('gone')
    const leaver = new AbortController()
    const early = shared.join('k', leaver.signal, start)
    leaver.abort(new Error('left'))
    await expect(early).rejects.toThrow('left')
    await turn()
    expect(started).toEqual([])
    const first = shared.join('k', NEVER, start)
    await turn()
    const hasty = new AbortController()
    const queued = shared.join('k', hasty.signal, start)
    hasty.abort(new Error('hasty'))
    await expect(queued).rejects.toThrow('hasty')
    started[0]?.finish('done')
    expect(await first).toBe('done')
    await turn()
    expect(started).toHaveLength(1)
  })
})
