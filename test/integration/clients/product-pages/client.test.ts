/** The client of Product Pages against small servers: dates, odd schedules, login by redirects. */
import { describe, expect, test } from 'vitest'
import { createProductPagesClient } from '../../../../src/clients/product-pages/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

const NOW = new Date('2026-11-27T12:00:00Z')

async function available(
  schedules: Record<string, unknown>,
): Promise<{ available: string[]; odd: string[] }> {
  const { url } = await serve(({ url: path }, response) => {
    const version = /openshift-([^/]+)\//.exec(path)?.[1] ?? ''
    if (!Object.hasOwn(schedules, version)) return sendJson(response, { detail: 'Not found.' }, 404)
    sendJson(response, schedules[version])
  })
  const client = createProductPagesClient(clientOptions(`${url}/api/v7`))
  const found = await client.availableOpenshift([...Object.keys(schedules), '9.9'], NOW)
  return { available: [...found.available].sort(), odd: [...found.unreadable.keys()].sort() }
}

describe('a version of OpenShift', () => {
  test('is available from the day of its first date on', async () => {
    const task = (date: unknown) => [
      { name: 'GA', date_finish: date },
      { name: 'GA', date_finish: '2999-01-01' },
    ]
    expect(
      await available({
        '4.14': task('2023-10-31'),
        '4.15': task('2026-11-27'),
        '4.16': task('2026-11-28'),
      }),
    ).toEqual({ available: ['4.14', '4.15'], odd: [] })
  })

  test('is not without a date, nor when none of its dates can be read, which is reported', async () => {
    const odd = {
      '4.1': [],
      '4.2': [{ date_finish: 'soon' }],
      '4.3': { detail: 'odd' },
      '4.4': null,
      '4.5': [7],
    }
    expect(await available({ ...odd, '4.6': [null, { date_finish: '2020-01-01' }] })).toEqual({
      available: ['4.6'],
      odd: ['4.2', '4.3', '4.5'],
    })
  })

  test('whose schedule is refused costs only itself, unless all are', async () => {
    const { url } = await serve(({ url: path }, response) =>
      path?.includes('4.14')
        ? sendJson(response, [{ date_finish: '2020-01-01' }])
        : sendJson(response, { detail: 'Bad request.' }, 400),
    )
    const client = createProductPagesClient(clientOptions(url))
    const { available, unreadable } = await client.availableOpenshift(['4.14', '4.15'], NOW)
    expect([[...available], [...unreadable.keys()]]).toEqual([['4.14'], ['4.15']])
    await expect(client.availableOpenshift(['4.15', '4.16'], NOW)).rejects.toMatchObject({ status: 400 })
  })

  test('is queried once each, for the tasks that mark its availability', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, []))
    await createProductPagesClient(clientOptions(url)).availableOpenshift(['4.14', '4.14'], NOW)
    expect(received.map((request) => request.url)).toEqual([
      '/releases/openshift-4.14/schedule-tasks/?flags_or__in=ga%2Cga-main&fields=name%2Cdate_finish',
    ])
  })

  test.each([
    [200, 'bad-answer'],
    [404, 'status'],
  ])('is not known while a proxy answers with a page and status %i', async (status, failure) => {
    const { url } = await serve(
      (_request, response) => void response.writeHead(status).end('<html>Log in</html>'),
    )
    await expect(
      createProductPagesClient(clientOptions(url)).availableOpenshift(['4.14'], NOW),
    ).rejects.toMatchObject({ failure, blame: 'service' })
  })
})

describe('the login', () => {
  /** Product Pages and its identity provider, which wants a token and hands out a session. */
  async function pagesWithLogin(ticket: string) {
    const provider = await serve(({ headers, url }, response) => {
      if (headers.authorization !== 'Negotiate good')
        return void response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end()
      const back = new URL(url, 'http://x').searchParams.get('back') ?? ''
      response.writeHead(302, { location: `${back}/oidc/callback?code=7`, 'set-cookie': 'sso=1' }).end()
    })
    const pages = await serve(({ url, headers }, response) => {
      const back = encodeURIComponent(`http://${headers.host}`)
      if (url === '/oidc/authenticate')
        return void response
          .writeHead(302, { location: `${provider.url}/auth?back=${back}`, 'set-cookie': 'state=9; Path=/' })
          .end()
      if (url.startsWith('/oidc/callback'))
        return void response
          .writeHead(200, {
            'set-cookie': headers.cookie === 'state=9' ? 'session=ok; HttpOnly' : 'session=bad',
          })
          .end('welcome')
      if (headers.cookie !== 'state=9; session=ok') return sendJson(response, { detail: 'log in' }, 403)
      sendJson(response, [{ date_finish: '2020-01-01' }])
    })
    const login = { negotiateFor: () => async () => ({ authorization: `Negotiate ${ticket}` }) }
    const client = createProductPagesClient({ ...clientOptions(`${pages.url}/api/v7`), login })
    return { client, pages, provider }
  }

  test('follows the redirects once, with a token only where one is required', async () => {
    const { client, pages, provider } = await pagesWithLogin('good')
    expect([...(await client.availableOpenshift(['4.14', '4.15'], NOW)).available]).toEqual(['4.14', '4.15'])
    expect(provider.received.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Negotiate good',
    ])
    expect(pages.received.filter(({ url }) => url.startsWith('/oidc')).length).toBe(2)
    expect(pages.received.every(({ headers }) => headers.authorization === undefined)).toBe(true)
    expect(provider.received.every(({ headers }) => headers.cookie === undefined)).toBe(true)
  })

  test('that is refused is trouble of our account', async () => {
    const { client } = await pagesWithLogin('stale')
    await expect(client.availableOpenshift(['4.14'], NOW)).rejects.toMatchObject({
      message: expect.stringContaining('it refuses the Kerberos ticket'),
      blame: 'account',
    })
  })

  test.each([
    [404, 'service'],
    [400, 'account'],
  ])('that is answered with status %i says nothing about a version', async (status, blame) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end('<html>'))
    const login = { negotiateFor: () => async () => ({}) }
    const client = createProductPagesClient({ ...clientOptions(url), login })
    await expect(client.availableOpenshift(['4.14'], NOW)).rejects.toMatchObject({
      status: expect.any(Number),
      blame,
    })
  })

  test.each(['http://', 'http://[', '//', 'ftp://pages.example.com/', 'javascript:login()'])(
    'that is redirected to %s, which is not an address, is trouble of our account',
    async (location) => {
      const { url } = await serve((_request, response) => void response.writeHead(302, { location }).end())
      const login = { negotiateFor: () => async () => ({}) }
      const client = createProductPagesClient({ ...clientOptions(url), login })
      await expect(client.availableOpenshift(['4.14'], NOW)).rejects.toMatchObject({
        message: `product-pages: login at ${url}: it redirects to an address that is not valid`,
        blame: 'account',
      })
    },
  )

  test('is not needed when there is nothing to query', async () => {
    const { client, pages } = await pagesWithLogin('good')
    expect([...(await client.availableOpenshift([], NOW)).available]).toEqual([])
    expect(pages.received).toEqual([])
  })
})
