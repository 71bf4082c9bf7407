/** Work that several callers want is done once; each of them may leave without harm to the others. */
import { describe, expect, it } from 'vitest'
import { createSharedWork } from '../../../../src/lib/async/shared-work.ts'

const NEVER = new AbortController().signal

/** Work that ends when told, and knows how often it was started and whether it was aborted. */
function controlled() {
  const started: { signal: AbortSignal; finish: (value: string) => void; fail: (error: Error) => void }[] = []
  const start = (signal: AbortSignal) =>
    new Promise<string>((finish, fail) => {
      started.push({ signal, finish, fail })
    })
  return { started, start, shared: createSharedWork<string>() }
}

describe('shared work', () => {
  it('is started once for all who want the same', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    started[0]?.finish('done')
    expect(await Promise.all(both)).toEqual(['done', 'done'])
    expect(started).toHaveLength(1)
  })

  it('is started for each who wants something else, and again when it is over', async () => {
    const { shared, start, started } = controlled()
    const [a, b] = [shared.join('a', NEVER, start), shared.join('b', NEVER, start)]
    started[0]?.finish('A')
    started[1]?.finish('B')
    expect(await Promise.all([a, b])).toEqual(['A', 'B'])
    const again = shared.join('a', NEVER, start)
    started[2]?.finish('A2')
    expect(await again).toBe('A2')
  })

  it('fails for all who wait, and is tried afresh by the next', async () => {
    const { shared, start, started } = controlled()
    const both = [shared.join('k', NEVER, start), shared.join('k', NEVER, start)]
    started[0]?.fail(new Error('broken'))
    for (const caller of both) await expect(caller).rejects.toThrow('broken')
    const next = shared.join('k', NEVER, start)
    started[1]?.finish('well')
    expect(await next).toBe('well')
  })

  it('goes on when one of two leaves, and gives the other its answer', async () => {
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

  it('is aborted when the last one has left, and not joined any more', async () => {
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

  it('is not started for one who has left already', async () => {
    const { shared, start, started } = controlled()
    await expect(shared.join('k', AbortSignal.abort(new Error('gone')), start)).rejects.toThrow('gone')
    expect(started).toEqual([])
  })

  it('that is under way is joined by nobody after a renewal', async () => {
    const { shared, start, started } = controlled()
    const before = shared.join('k', NEVER, start)
    shared.detach()
    const after = shared.join('k', NEVER, start)
    started[0]?.finish('old')
    started[1]?.finish('new')
    expect(await Promise.all([before, after])).toEqual(['old', 'new'])
  })

  it('that ends late does not push out newer work under its key', async () => {
    const { shared, start, started } = controlled()
    const before = shared.join('k', NEVER, start)
    shared.detach()
    const after = shared.join('k', NEVER, start)
    started[0]?.finish('old')
    await before
    const third = shared.join('k', NEVER, start)
    started[1]?.finish('new')
    expect(await Promise.all([after, third])).toEqual(['new', 'new'])
    expect(started).toHaveLength(2)
  })
})
