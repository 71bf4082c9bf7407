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

describe('shared work', () => {
  it('starts once for all callers with the same key', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    started[0]?.finish('done')
    expect(await Promise.all(both)).toEqual(['done', 'done'])
    expect(started).toHaveLength(1)
  })

  it('starts once per key, and again after it has finished', async () => {
    const { shared, start, started } = controlled()
    const [a, b] = [shared.join('a', NEVER, start), shared.join('b', NEVER, start)]
    started[0]?.finish('A')
    started[1]?.finish('B')
    expect(await Promise.all([a, b])).toEqual(['A', 'B'])
    const again = shared.join('a', NEVER, start)
    started[2]?.finish('A2')
    expect(await again).toBe('A2')
  })

  it('fails for all its callers, and starts anew for the next one', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    started[0]?.fail(new Error('broken'))
    for (const one of both) await expect(one).rejects.toThrow('broken')
    const next = shared.join('k', NEVER, start)
    started[1]?.finish('well')
    expect(await next).toBe('well')
  })

  it('continues when one of two callers leaves, and the other gets the result', async () => {
    const { shared, start, started } = controlled()
    const leaver = new AbortController()
    const first = shared.join('k', leaver.signal, start)
    const second = shared.join('k', NEVER, start)
    leaver.abort(new Error('out of time'))
    await expect(first).rejects.toThrow('out of time')
    expect(started[0]?.signal.aborted).toBe(false)
    started[0]?.finish('done')
    expect(await second).toBe('done')
  })

  it('is aborted when its last caller leaves, and cannot be joined afterwards', async () => {
    const { shared, start, started } = controlled()
    const leaver = new AbortController()
    const only = shared.join('k', leaver.signal, start)
    leaver.abort(new Error('out of time'))
    await expect(only).rejects.toThrow('out of time')
    expect(started[0]?.signal.aborted).toBe(true)
    const next = shared.join('k', NEVER, start)
    expect(started).toHaveLength(2)
    started[1]?.finish('fresh')
    expect(await next).toBe('fresh')
  })

  it('does not start for a caller that has already given up', async () => {
    const { shared, start, started } = controlled()
    await expect(shared.join('k', AbortSignal.abort(new Error('gone')), start)).rejects.toThrow('gone')
    expect(started).toEqual([])
  })

  it('in progress cannot be joined after it was detached', async () => {
    const { shared, start, started } = controlled()
    const before = shared.join('k', NEVER, start)
    shared.renew()
    const after = shared.join('k', NEVER, start)
    started[0]?.finish('old')
    started[1]?.finish('new')
    expect(await Promise.all([before, after])).toEqual(['old', 'new'])
  })

  it('that was detached does not replace newer work under its key when it ends', async () => {
    const { shared, start, started } = controlled()
    const before = shared.join('k', NEVER, start)
    shared.renew()
    const after = shared.join('k', NEVER, start)
    started[0]?.finish('old')
    await before
    const third = shared.join('k', NEVER, start)
    started[1]?.finish('new')
    expect(await Promise.all([after, third])).toEqual(['new', 'new'])
    expect(started).toHaveLength(2)
  })
})
