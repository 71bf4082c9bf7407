import { describe, expect, test } from 'vitest'
import { httpClient, schema } from '../../../support/servers/http-client.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

describe('reads', () => {
  test('follow redirects', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/new') return sendJson(response, { id: 9 })
      response.writeHead(302, { location: '/new' }).end()
    })
    expect(await httpClient(url).json({ path: '/old' }, schema)).toEqual({ id: 9 })
  })

  test.each(['http://', 'http://[', 'ftp://127.0.0.1/x', 'javascript:login()'])(
    'say that a service redirects to %s, which is not an address',
    async (location) => {
      const { url } = await serve((_request, response) => void response.writeHead(302, { location }).end())
      await expect(httpClient(url).json({ path: '/x' }, schema)).rejects.toMatchObject({
        failure: 'unreachable',
        message: 'odcs: GET /x: the service redirects to an address that is not valid',
      })
    },
  )

  test.each([
    [
      'https://me:secret@login.example.com/auth?code=secret#token=secret',
      ' (moved to https://me:***@login.example.com/auth)',
    ],
    [`/login${'x'.repeat(5000)}`, ` (moved to /login${'x'.repeat(194)})`],
    ['', ''],
  ])(
    'show where to a redirect that is not followed leads, without what lets in (%#)',
    async (location, shown) => {
      const { url } = await serve(
        (_request, response) => void response.writeHead(307, location ? { location } : {}).end(),
      )
      await expect(
        httpClient(url).json({ path: '/x', followRedirects: false }, schema),
      ).rejects.toMatchObject({
        message: `odcs: GET /x: HTTP 307${shown}`,
      })
    },
  )

  test('do not send credentials to another host', async () => {
    const other = await serve((_request, response) => sendJson(response, { id: 9 }))
    const { url, received } = await serve((_request, response) => {
      response.writeHead(302, { location: other.url }).end()
    })
    const headers = { authorization: 'Bearer secret', cookie: 'session=secret' }
    expect(await httpClient(url).json({ path: '/x', headers }, schema)).toEqual({ id: 9 })
    expect(received[0]?.headers).toMatchObject(headers)
    expect(JSON.stringify(other.received[0]?.headers)).not.toContain('secret')
  })

  test.each([
    ['me:pass%40word', 'me:pass@word'],
    ['token', 'token:'],
    ['me:100%', 'me:100%'],
  ])('log in with what is in the address: %s', async (login, sent) => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const http = httpClient(url.replace('://', `://${login}@`))
    await http.json({ path: '/x@y' }, schema)
    await http.json({ path: '/x', headers: { authorization: 'Negotiate fresh' } }, schema)
    await httpClient(url).json({ path: '/x@y' }, schema)
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from(sent).toString('base64')}`,
      'Negotiate fresh',
      undefined,
    ])
  })

  test('report that a service redirects in a loop', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { location: '/here' }).end()
    })
    await expect(httpClient(url).json({ path: '/here' }, schema)).rejects.toMatchObject({
      failure: 'unreachable',
      message: 'odcs: GET /here: the service redirects endlessly',
    })
  })
})
