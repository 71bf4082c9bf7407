import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type TestApi } from '../../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

describe.each([1, 2])('in version %i', (version) => {
  it('every event type that ever existed is listed with its id', async () => {
    const { items } = await api.json(`/api/${version}/event-types/`)
    expect(items).toHaveLength(19)
    expect(items.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: 19 }, (_, id) => id))
    expect(items[10]).toEqual({ id: 10, name: 'ErrataAdvisoryStateChangedEvent' })
    expect(items[18]).toEqual({ id: 18, name: 'FlatpakApplicationManualBuildEvent' })
  })

  it('build types and build states are listed with their ids', async () => {
    expect(await api.json(`/api/${version}/build-types/`)).toEqual({
      items: [
        { id: 0, name: 'RPM' },
        { id: 1, name: 'IMAGE' },
        { id: 2, name: 'MODULE' },
        { id: 3, name: 'IMAGE_REPOSITORY' },
      ],
    })
    expect(await api.json(`/api/${version}/build-states/`)).toEqual({
      items: [
        { id: 0, name: 'BUILD' },
        { id: 1, name: 'DONE' },
        { id: 2, name: 'FAILED' },
        { id: 3, name: 'CANCELED' },
        { id: 4, name: 'PLANNED' },
      ],
    })
  })

  it('each entry is found by its id, including 0', async () => {
    expect(await api.json(`/api/${version}/event-types/0`)).toEqual({
      id: 0,
      name: 'MBSModuleStateChangeEvent',
    })
    expect(await api.json(`/api/${version}/build-types/1`)).toEqual({ id: 1, name: 'IMAGE' })
    expect(await api.json(`/api/${version}/build-states/04`)).toEqual({ id: 4, name: 'PLANNED' })
  })

  it('the version of the service and the authentication backend are shown', async () => {
    expect(await api.json(`/api/${version}/about/`)).toEqual({
      auth_backend: 'noauth',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    })
  })
})
