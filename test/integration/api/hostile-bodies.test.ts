/** Bodies that no client should send, at every route that takes one: refused with a clear error, and nothing written but the audit. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../lab/start.ts'
import { startWeb, type Web } from '../../../src/api/server.ts'
import { startApi, type TestApi } from '../../support/api/api.ts'
import { type ApiDocument, faultOfAnswer } from '../../support/api/document.ts'
import { type Logins, startLogins } from '../../support/api/logins.ts'
import { isGuarded, ROUTES, type Route } from '../../support/api/routes.ts'
import { countRows } from '../../support/database/stored-rows.ts'
import { smallCatalogue } from '../../support/rebuild/small-catalogue.ts'

let lab: Lab
let logins: Logins
let api: TestApi
let document: ApiDocument
beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
  logins = await startLogins('ssl')
  api = await startApi({ ...lab.urls, ...logins.env }, logins.file)
  document = await api.json('/openapi.json')
})
afterAll(async () => {
  await api?.drop()
  await logins?.stop()
  await lab?.stop()
})

const WITH_BODY = ROUTES.filter(({ body }) => body !== undefined)
/** Its body is YAML, and nearly every text is valid YAML. */
const JSON_ROUTES = WITH_BODY.filter(({ name }) => !name.includes('validate-gating-yaml'))

const DEEP = 100_000
const nested = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`
/** The valid body of a route with a field in place of its own or beside them. */
const changed = (field: string, json: string) => (route: Route) =>
  `{${JSON.stringify(field)}:${json},${JSON.stringify({ ...JSON.parse(route.body ?? '{}'), [field]: undefined }).slice(1)}`.replace(
    ',}',
    '}',
  )

/** What is sent, by a description of it. */
const BODIES: Record<string, (route: Route) => string> = {
  'half of its JSON': ({ body = '' }) => body.slice(0, -1),
  'a list': () => '[]',
  'a text': () => '"cancel"',
  'a number': () => '5',
  null: () => 'null',
  true: () => 'true',
  'JSON with a NUL': ({ body = '' }) => `${body}\0`,
  'brackets, very deep': () => nested,
  'a prototype that is very deep': () => `{"__proto__":${nested}}`,
  'a field that is very deep': changed('metadata', nested),
}

/** Fields of a wrong type, at the routes that read them. */
const FIELDS: readonly [route: RegExp, field: string, json: string][] = [
  [/builds\/$|plans/, 'errata_id', '"133001"'],
  [/builds\/$|plans/, 'errata_id', '1.5'],
  [/builds\/$|plans/, 'errata_id', '1e400'],
  [/POST.*builds\/$/, 'freshmaker_event_id', '"1"'],
  [/builds\/$|plans/, 'container_images', '"a-1-1"'],
  [/builds\/$|plans/, 'container_images', '[1]'],
  [/builds\/$|plans/, 'container_images', '{"__proto__":[]}'],
  [/POST.*builds\/$/, 'dry_run', '"true"'],
  [/POST.*builds\/$/, 'bundle_related_image_overrides', '[]'],
  [/POST.*builds\/$/, 'requester', JSON.stringify('r'.repeat(201))],
  [/async-builds/, 'dist_git_branch', '7'],
  [/PATCH/, 'action', '["cancel"]'],
  [/PATCH/, 'action', '"Cancel"'],
  [/PATCH/, 'action', '{"__proto__":"cancel"}'],
  [/retry/, 'builds', '["1"]'],
  [/retry/, 'builds', '[9999999999]'],
  [/retry/, 'builds', '{"length":0}'],
  [/retry/, 'reason', '["x"]'],
  [/retry/, 'requester', JSON.stringify('r'.repeat(201))],
  [/decision/, 'product_version', '26'],
  [/decision/, 'rules', '{"__proto__":[]}'],
]
/** A prototype is a field like any other, so what it hides is missing; a retry needs no field. */
const HIDDEN = JSON_ROUTES.filter(({ name }) => !name.includes('retry')).map(
  (route) => [route.name, 'fields in a prototype', route, `{"__proto__":${route.body}}`] as const,
)

const CASES = [
  ...JSON_ROUTES.flatMap((route) =>
    Object.entries(BODIES).map(([what, make]) => [route.name, what, route, make(route)] as const),
  ),
  ...HIDDEN,
  ...FIELDS.flatMap(([pattern, field, json]) =>
    JSON_ROUTES.filter(({ name }) => pattern.test(name)).map(
      (route) => [route.name, `${field}: ${json.slice(0, 30)}`, route, changed(field, json)(route)] as const,
    ),
  ),
]

describe('a body that is not valid', () => {
  it.each(CASES)('%s: %s', async (_name, _what, route, body) => {
    const path = await route.path(api, logins.nameOf('owner'))
    const caller = await logins.as('admin')
    const headers = { ...caller.headers, 'Content-Type': 'application/json' }
    await api.request('/api/2/audit', caller) // the row of the user
    const before = await countRows(api.ctx.db)
    const { method } = route
    const response = await api.request(path, { ...caller, method, body, headers })
    const text = await response.text()
    // The gate reports what is not a JSON object as missing JSON (behaviour/greenwave 3.2).
    expect(route.name.includes('decision') ? [400, 415] : [400], text).toContain(response.status)
    const answer = { status: response.status, headers: response.headers, text }
    expect(faultOfAnswer(document, method, path, answer)).toBeNull()
    expect(text.length).toBeLessThan(700)
    expect(text).not.toMatch(/\bat .*\.ts|Error:|Maximum call stack/)
    const recorded = isGuarded(route.guard) ? 1 : 0
    expect(await countRows(api.ctx.db)).toEqual({ ...before, audit: (before['audit'] ?? 0) + recorded })
    if (recorded) {
      const [row] = await api.ctx.db.fork().execute<object[]>('select * from audit order by id desc limit 1')
      const detail = JSON.parse(text).message
      expect(row).toMatchObject({ who: logins.nameOf('admin'), outcome: 'refused', detail })
    }
  })
})

describe('a body that is too large', () => {
  const MAX = 100_000
  let ctx: TestApi
  let web: Web
  beforeAll(async () => {
    ctx = await startApi({ PORT: '0' }, `max_request_bytes: ${MAX}`)
    web = await startWeb(ctx.ctx)
  })
  afterAll(async () => {
    await web.stop()
    await ctx.drop()
  })

  /** Sends the head of a request and these bytes, and reads until the server closes the connection. */
  async function exchange(head: string, write: (socket: Socket) => void): Promise<string> {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (data: string) => {
      text += data
    })
    socket.on('error', () => undefined) // it may still be writing when the server closes the connection
    socket.write(`${head}\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n`)
    write(socket)
    await once(socket, 'close')
    return text
  }

  const PATHS = [
    ...new Set(WITH_BODY.map(({ method, name }) => `${method} ${name.split(' ')[1]?.replace(':id', '1')}`)),
  ]

  it.each(PATHS)('%s is refused by its announced length, before it is sent', async (request) => {
    const before = await countRows(ctx.ctx.db)
    const answer = await exchange(`${request} HTTP/1.1`, (socket) =>
      socket.write(`Content-Length: ${MAX + 1}\r\n\r\n{`),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain(`The request is larger than ${MAX} bytes.`)
    expect(await countRows(ctx.ctx.db)).toEqual(before)
  })

  it.each(PATHS)('%s is refused without the client being asked to send it', async (request) => {
    const head = `${request} HTTP/1.1\r\nExpect: 100-continue`
    const answer = await exchange(head, (socket) => socket.write(`Content-Length: ${MAX + 1}\r\n\r\n`))
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    const smaller = await exchange(head, (socket) =>
      socket.write('Connection: close\r\nContent-Length: 1\r\n\r\n{'),
    )
    expect(smaller).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 4/)
  })

  it.each(PATHS)('%s is refused in chunks as soon as these are too many', async (request) => {
    const before = await countRows(ctx.ctx.db)
    const chunk = `${(10_000).toString(16)}\r\n${' '.repeat(10_000)}\r\n`
    const answer = await exchange(`${request} HTTP/1.1`, (socket) => {
      socket.write('Transfer-Encoding: chunked\r\n\r\n')
      for (let n = 0; n < 20; n += 1) socket.write(chunk) // the last chunk never comes
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(await countRows(ctx.ctx.db)).toEqual(before)
    expect((await fetch(`${web.url}/health/live`)).status).toBe(200)
  })

  it('is refused with the default limit of 10 MiB too, while the client goes on sending', async () => {
    const open = await startApi({ PORT: '0' })
    const server = await startWeb(open.ctx)
    const body = 'x'.repeat(10 * 1024 * 1024 + 1)
    const response = await fetch(`${server.url}/api/2/builds/`, { method: 'POST', body })
    expect([response.status, (await response.json()) as object]).toEqual([
      413,
      expect.objectContaining({ message: 'The request is larger than 10485760 bytes.' }),
    ])
    await server.stop()
    await open.drop()
  })
})
