/** The client of the flatpak index against small servers: lists, odd records, unknown modules, trouble. */
import { describe, expect, test, vi } from 'vitest'
import { createFlatpakIndexClient } from '../../../../src/clients/flatpak-index/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { DEAD_URL, sendJson, serve } from '../../../support/servers/http-server.ts'

const MODULE = { name: 'image-libs', stream: 'rhel8' }

async function answering(body: unknown, status = 200) {
  const { url, received } = await serve((_request, response) => sendJson(response, body, status))
  const onUnreadable = vi.fn()
  const options = clientOptions(url, { onUnreadable, retry: { attempts: 1, firstDelayMs: 1 } })
  return { client: createFlatpakIndexClient(options), received, onUnreadable }
}

describe('the images of a module', () => {
  test('are those that the file of its stream lists', async () => {
    const images = [
      { ImageNvr: 'sketchbook-container-3.2-7', ModuleNvr: null },
      { ImageNvr: 'slideshow-1-2' },
    ]
    const { client, received } = await answering({ Images: images })
    expect(await client.imagesOfModule(MODULE)).toEqual({
      read: ['sketchbook-container-3.2-7', 'slideshow-1-2'],
      unreadable: [],
    })
    expect(received[0]?.url).toBe('/released/contents/modules/image-libs:rhel8.json')
  })

  test('are requested without leaving the folder, whatever the module is called', async () => {
    const { client, received } = await answering({ Images: [] })
    await client.imagesOfModule({ name: '../../secret', stream: 'a/b?c#d' })
    expect(received[0]?.url).toBe('/released/contents/modules/..%2F..%2Fsecret:a%2Fb%3Fc%23d.json')
  })

  test.each([[{}], [{ Images: null }], [{ Images: [] }]])('are empty in %j', async (body) => {
    const { client } = await answering(body)
    expect(await client.imagesOfModule(MODULE)).toEqual({ read: [], unreadable: [] })
  })

  test('are empty for a module that the index does not list', async () => {
    const { client } = await answering('not found', 404)
    expect(await client.imagesOfModule(MODULE)).toEqual({ read: [], unreadable: [] })
  })

  test('that cannot be read cost only themselves, and are reported', async () => {
    const odd = [null, 7, 'text', {}, { ImageNvr: 7 }, { ImageNvr: 'not an nvr' }, { ImageNvr: '' }, []]
    const { client, onUnreadable } = await answering({ Images: [...odd, { ImageNvr: 'a-1-1' }] })
    const { read, unreadable } = await client.imagesOfModule(MODULE)
    expect(read).toEqual(['a-1-1'])
    expect(unreadable.map(({ path }) => path.split('.')[0])).toEqual(odd.map((_one, index) => String(index)))
    expect(onUnreadable.mock.calls[0]?.[0]).toMatchObject({ service: 'flatpak-index', unreadable })
  })

  test('are one unreadable record when they are not a list', async () => {
    const { client } = await answering({ Images: { a: 1 } })
    expect(await client.imagesOfModule(MODULE)).toEqual({
      read: [],
      unreadable: [{ path: '', message: 'is not a list' }],
    })
  })
})

describe('a failure', () => {
  test.each([
    [500, 'service'],
    [403, 'account'],
    [400, 'thing'],
  ])('with status %i is about the %s', async (status, blame) => {
    const { client } = await answering('no', status)
    await expect(client.imagesOfModule(MODULE)).rejects.toMatchObject({ service: 'flatpak-index', blame })
  })

  test('of another shape is about the thing, a dead server about the service', async () => {
    const { client } = await answering('[]')
    await expect(client.imagesOfModule(MODULE)).rejects.toMatchObject({
      failure: 'odd-answer',
      blame: 'thing',
    })
    const dead = createFlatpakIndexClient(
      clientOptions(DEAD_URL, { retry: { attempts: 1, firstDelayMs: 1 } }),
    )
    await expect(dead.imagesOfModule(MODULE)).rejects.toMatchObject({
      failure: 'unreachable',
      blame: 'service',
    })
  })
})
