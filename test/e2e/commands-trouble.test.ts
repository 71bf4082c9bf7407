/** The commands of `freshwave` against a service that is away, that is another program, or that returns arbitrary answers. */
import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/programs/command-line.ts'
import { sendJson, serve } from '../support/servers/http-server.ts'

const CONTROL = /[^\P{Cc}\n]/u
const run = (url: string, args: string[], env: Record<string, string> = {}) =>
  runCommand(args, { env: { FRESHWAVE_URL: url, ...env } })

describe('a service', () => {
  it('that cannot be reached causes exit code 3 and one line with its address', async () => {
    const { url, stop } = await serve(() => undefined)
    await stop()
    const { code, out, err } = await run(url, ['events'])
    expect([code, out, err]).toEqual([
      3,
      '',
      `The service at ${url} cannot be reached: GET /api/2/events/: connect ECONNREFUSED ${url.slice(7)}\n`,
    ])
  })

  it('that does not answer in time causes exit code 3, and a request that may have arrived is reported as such', async () => {
    const { url } = await serve(() => undefined)
    const [read, written] = await Promise.all([
      run(url, ['queues', '--timeout', '1']),
      run(url, ['cancel', '7', '--timeout', '1']),
    ])
    expect([read.code, read.err]).toEqual([
      3,
      expect.stringMatching(/: GET \/api\/2\/queues: no answer within 1000 ms\n$/),
    ])
    expect([written.code, written.err]).toEqual([3, expect.stringContaining('it may have been carried out')])
  })

  it('that vanishes between two messages to replay causes exit code 3, and what was done is shown', async () => {
    const { url } = await serve(({ url: path }, response) => {
      if (path.includes('/7/')) sendJson(response, { id: 7, state: 'new', reason: null })
      else sendJson(response, { message: 'the database is away' }, 503, { 'retry-after': '5' })
    })
    const { code, out, err } = await run(url, ['replay', '7', '8', '9'])
    expect(code).toBe(3)
    expect(out).toMatch(/^7 +new/m)
    expect(err).toBe(`${url}: the database is away\n`)
    const shown = await run(url, ['replay', '7', '8', '--json'])
    expect([shown.code, JSON.parse(shown.out)]).toEqual([3, [{ id: 7, state: 'new', reason: null }]])
  })

  it.each([
    [200, 'HTTP 200 with text/html instead of JSON: Log in here'],
    [502, 'HTTP 502 with text/html instead of JSON: Log in here'],
    [401, 'Log in here (log in with --token, --cert and --key, or --negotiate)'],
  ])('that answers %i with HTML causes exit code 1 and one sentence without markup', async (status, text) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
      response.end(
        '<html><head><style>p { color: red }</style></head>\n<p>Log in <b>here</b>\x1b[2J</p></html>',
      )
    })
    const { code, out, err } = await run(url, ['event', '1', '--json'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(text.replace('Log in here', 'Log in here \\x1b[2J'))
    expect(err.trimEnd()).not.toMatch(/\n|</)
  })

  it('behind a proxy that gave up waiting may have carried a change out, which is reported', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(504, { 'content-type': 'text/html' }).end('<h1>504 Gateway Time-out</h1>')
    })
    const says = async (...args: string[]) => (await run(url, args)).err
    const answered = `${url} answered HTTP 504 with text/html instead of JSON: 504 Gateway Time-out`
    expect(await says('rebuild', '7')).toBe(`${answered}; the request may have been carried out\n`)
    expect(await says('event', '7')).toBe(`${answered}\n`)
  })

  it('that cannot forecast still shows the event, with the reason in one line', async () => {
    const event = {
      id: 7,
      search_key: '133001',
      state_name: 'BUILDING',
      builds: [],
    }
    const { url } = await serve(({ url: path }, response) =>
      path.endsWith('/forecast')
        ? sendJson(response, { error: 'Gateway Timeout', message: 'too\nslow', status: 504 }, 504)
        : sendJson(response, event),
    )
    const { code, out, err } = await run(url, ['event', '7'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/133001[\s\S]*\nno forecast: too slow\n$/)
  })

  it('whose lists fail is still reported: its health, and in their place the reason', async () => {
    const health = { status: 'ready', checks: {}, handlers_off: [], troubles: [] }
    const { url } = await serve(({ url: path }, response) =>
      path === '/health/ready'
        ? sendJson(response, health)
        : sendJson(response, { error: 'x', message: 'lists are away', status: 500 }, 500),
    )
    const [report, top] = await Promise.all([run(url, ['report']), run(url, ['top'])])
    expect([report.code, report.err]).toEqual([0, ''])
    expect(report.out).toMatch(/^events +not known: lists are away$/m)
    expect([top.code, top.err]).toEqual([0, ''])
    expect(top.out).toMatch(/^Freshwave is ready: an unknown number of events/)
    expect(top.out.match(/^not shown: lists are away$/gm)).toHaveLength(3)
  })

  it('that answers with JSON of another shape causes exit code 1 and a line with the place that differs', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { items: 'x' }))
    expect(await run(url, ['builds'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^http:\S+: The answer is not as expected at 'items': [^\n]+\n$/),
    })
  })

  it('that fails is named by its address; what it refuses is only its own sentence', async () => {
    const { url } = await serve(({ url: path }, response) => {
      if (path.endsWith('/1')) return sendJson(response, { message: 'No such event found.' }, 404)
      if (path.endsWith('/2')) return sendJson(response, { message: 'An unexpected error.' }, 500)
      if (path.endsWith('/3'))
        return sendJson(response, { message: '404: The requested URL was not found' }, 404)
      response.writeHead(302, { location: 'https://login.example.com/in?state=hidden' }).end()
    })
    const says = async (...args: string[]) => (await run(url, args)).err
    expect(await says('event', '1')).toBe('No such event found.\n')
    expect(await says('event', '2')).toBe(`${url}: An unexpected error.\n`)
    expect(await says('event', '3')).toBe(`${url}: 404: The requested URL was not found\n`)
    expect(await says('cancel', '4')).toBe(
      `${url} redirects to https://login.example.com/in: a change is only sent to the service itself\n`,
    )
  })

  it('behind a proxy that answers in its place is not taken for one that is not ready', async () => {
    const { url } = await serve((_request, response) =>
      sendJson(response, { message: 'no backend', status: 503 }, 503),
    )
    const { code, err } = await run(url, ['report'])
    expect([code, err]).toEqual([1, `${url}: no backend\n`])
  })

  it('cannot send control characters to the terminal, nor break lines', async () => {
    const text = 'a\x1b[2J\r\nb\x9bc\u0000'
    const builds = [{ id: 1, original_nvr: text, state_name: text, state_reason: text, dep_on_id: 1 }]
    const event = { id: 1, state_name: text, state_reason: text, builds, requester: text }
    const { url } = await serve(({ url: path }, response) => {
      if (path.startsWith('/api/1')) return sendJson(response, event)
      if (path.includes('/why')) return sendJson(response, { message: text, status: 404 }, 404)
      sendJson(response, { items: [{ id: text, topic: text }], meta: { page: 1, pages: 1, total: 1 } })
    })
    const runs = [['event', '1'], ['inbox'], ['why', '1'], ['event', '1', '--json'], ['inbox', '--json']]
    for (const args of runs) {
      const { out, err } = await run(url, args)
      expect(out + err, args.join(' ')).toContain('1b[2J')
      expect(out, args.join(' ')).not.toMatch(CONTROL)
      expect(err, args.join(' ')).not.toMatch(CONTROL)
    }
    expect((await run(url, ['inbox'])).out.split('\n')).toHaveLength(4)
    expect(JSON.parse((await run(url, ['inbox', '--json'])).out).items[0].topic).toBe(text)
  })
})

describe('the request', () => {
  it('has the token, the arguments and the body of the command, and no color comes back through a pipe', async () => {
    const { url, received } = await serve((_request, response) =>
      sendJson(response, {
        items: [],
        meta: { page: 1, pages: 0, total: 0 },
        id: 1,
        builds: [],
        state_name: 'DONE',
      }),
    )
    const env = { FRESHWAVE_TOKEN: 'secret-token', CI: '1', FORCE_COLOR: '1' }
    const { out } = await run(
      `${url}/prefix/`,
      ['events', '--state', 'DONE', '--state', 'FAILED', '--page', '2'],
      env,
    )
    expect(out).not.toMatch(CONTROL)
    await run(url, ['rebuild', '7', '--image', 'a-1-1', '--image', 'b-1-1', '--depends-on', '3'], env)
    await run(url, ['cancel', '9'], env)
    expect(received.map(({ method, url: path }) => [method, path])).toEqual([
      ['GET', '/prefix/api/2/events/?page=2&per_page=20&state=DONE&state=FAILED'],
      ['POST', '/api/2/builds/'],
      ['PATCH', '/api/2/events/9'],
    ])
    expect(received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer secret-token'))
    expect(JSON.parse(received[1]?.body ?? '')).toEqual({
      errata_id: 7,
      container_images: ['a-1-1', 'b-1-1'],
      freshmaker_event_id: 3,
    })
    expect(JSON.parse(received[2]?.body ?? '')).toEqual({ action: 'cancel' })
  })

  it('is not sent with settings that cannot be used, and a token is never repeated', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, {}))
    const token = await run(url, ['queues'], { FRESHWAVE_TOKEN: 'my\nsecret' })
    expect([token.code, token.err]).toEqual([
      2,
      'FRESHWAVE_TOKEN: contains characters that are not allowed in a header\n',
    ])
    const files = await run(url, ['queues', '--cert', 'no.pem', '--key', 'no.pem'])
    expect([files.code, files.err]).toEqual([2, expect.stringMatching(/^--cert: ENOENT/)])
    expect((await run('ftp://example.com', ['queues'])).code).toBe(2)
    expect(received).toEqual([])
  })
})

describe('a connection', () => {
  it.each([
    [{ FRESHWAVE_URL: 'http://me:hunter2@host' }, [], /^FRESHWAVE_URL: has a user or a password; /],
    [{}, ['--url', 'http://me:hunter2@host'], /^--url: has a user or a password; /],
    [
      {},
      ['--url', 'localhost:8080'],
      /^--url: 'localhost:8080' is not the root URL of the service, such as /,
    ],
    [
      { FRESHWAVE_TOKEN: 'hunter2\u00e9' },
      [],
      /^FRESHWAVE_TOKEN: contains characters that are not allowed in a header$/m,
    ],
    [{}, ['--ca', '/tmp'], /^--ca: \/tmp is a folder, not a file$/m],
    [{}, ['--ca', '/etc/passwd'], /^--ca: \/etc\/passwd is not a certificate in PEM format$/m],
    [
      {},
      ['--cert', '/etc/passwd', '--key', '/etc/passwd'],
      /^--cert: \/etc\/passwd is not a certificate in PEM/,
    ],
    [{}, ['--key', '/etc/passwd'], /^--cert and --key: set both or neither$/m],
  ])('that cannot be opened is reported in one line without secrets: %j %j', async (env, args, says) => {
    const { code, out, err } = await runCommand(['events', ...args], { env })
    expect([code, out, err.trim().split('\n')]).toEqual([2, '', [expect.stringMatching(says)]])
    expect(err).not.toContain('hunter2')
  })

  it('is the default where its variables are empty', async () => {
    const { url } = await serve((_request, response) =>
      sendJson(response, { items: [], meta: { page: 1, pages: 0, total: 0 } }),
    )
    const env = { FRESHWAVE_URL: '', FRESHWAVE_TOKEN: '' }
    expect((await runCommand(['events', '--url', url], { env })).code).toBe(0)
  })
})
