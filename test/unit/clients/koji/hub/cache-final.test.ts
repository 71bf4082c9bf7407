/** Checks how long the hub's answers about what was just looked up are reused. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cacheFinal } from '../../../../../src/clients/koji/hub/cache-final.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A hub whose answers are taken from `states`; `null` is unknown, an error is thrown. */
function hub(...states: (string | null | Error)[]) {
  const read: string[] = []
  const recent = cacheFinal(
    async (nvr: string) => {
      read.push(nvr)
      const state = states.shift() ?? null
      if (state instanceof Error) throw state
      return state === null ? null : { nvr, state }
    },
    (build) => build?.state === 'COMPLETE',
  )
  return { recent, read }
}

it('builds are not looked up again while they are final, also when the first lookup is still under way', async () => {
  const { recent, read } = hub('COMPLETE')
  await Promise.all([recent('a-1-1'), recent('a-1-1')])
  vi.advanceTimersByTime(9000)
  expect(await recent('a-1-1')).toMatchObject({ state: 'COMPLETE' })
  expect(read).toEqual(['a-1-1'])
})

it('builds are looked up again after ten seconds', async () => {
  const { recent, read } = hub('COMPLETE', 'DELETED')
  await recent('a-1-1')
  vi.advanceTimersByTime(10_000)
  expect(await recent('a-1-1')).toMatchObject({ state: 'DELETED' })
  expect(read).toHaveLength(2)
})

it.each([['BUILDING' as const], [null], [new Error('hub is down')]])(
  'builds are looked up again at once when the answer was %s',
  async (state) => {
    const { recent } = hub(state, 'COMPLETE')
    await recent('a-1-1').catch(() => undefined)
    expect(await recent('a-1-1')).toMatchObject({ state: 'COMPLETE' })
  },
)
