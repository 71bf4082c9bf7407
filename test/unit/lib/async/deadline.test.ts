/** Work with a deadline ends in time and leaves nothing running. */
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { withDeadline } from '../../../../src/lib/async/deadline.ts'

const LONG_MS = 60_000

/** Never finishes by itself. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

describe('work with a deadline', () => {
  it('returns its value without aborting the signal', async () => {
    let seen: AbortSignal | undefined
    const value = await withDeadline(LONG_MS, async (signal) => {
      seen = signal
      return 'done'
    })
    expect([value, seen?.aborted]).toEqual(['done', false])
  })

  it('is aborted when the time is up', async () => {
    await expect(withDeadline(10, untilAborted)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is aborted when the caller gives up, with the same reason', async () => {
    const parent = new AbortController()
    const work = withDeadline(LONG_MS, untilAborted, parent.signal)
    parent.abort(new Error('no longer wanted'))
    await expect(work).rejects.toThrow('no longer wanted')
  })

  it('does not start if the caller has already given up', async () => {
    let began = false
    const work = withDeadline(
      LONG_MS,
      async () => {
        began = true
      },
      AbortSignal.abort(),
    )
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    expect(began).toBe(false)
  })

  it('aborts what it has started when it fails', async () => {
    const aborted: string[] = []
    const work = withDeadline(LONG_MS, async (signal) => {
      signal.addEventListener('abort', () => aborted.push('second part'))
      throw new Error('first part failed')
    })
    await expect(work).rejects.toThrow('first part failed')
    expect(aborted).toEqual(['second part'])
  })

  it('leaves no timer and no listener behind, however it ends', async () => {
    const parent = new AbortController()
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    await withDeadline(LONG_MS, async () => expect(timers()).toBe(before + 1), parent.signal)
    await withDeadline(LONG_MS, () => Promise.reject(new Error('no')), parent.signal).catch(() => undefined)
    expect(timers()).toBe(before)
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })
})
