/** `freshwave events` and its siblings, page by page and from end to end. */
import { expect, it } from 'vitest'
import { startApi } from '../../support/api/api.ts'
import { runCommand } from '../../support/programs/command-line.ts'
import { sendJson, serve } from '../../support/servers/http-server.ts'

it('a list command walks a whole list by cursor, with the filters of the command', async () => {
  const { url, received } = await serve((request, response) => {
    const cursor = new URL(request.url, 'http://x').searchParams.get('cursor') ?? '0'
    const n = Number(cursor === '' ? 0 : cursor)
    sendJson(response, { items: [{ id: n + 1 }], meta: { next_cursor: n < 2 ? String(n + 1) : null } })
  })
  const command = ['builds', '--all', '--state', 'DONE', '--url', url]
  const shown = await runCommand(command)
  expect([shown.code, shown.err]).toEqual([0, ''])
  expect(shown.out).toMatch(/^3 in all$/m)
  expect(received.map((request) => request.url)).toEqual(
    ['', '1', '2'].map((cursor) => `/api/2/builds/?state=DONE&per_page=100&cursor=${cursor}`),
  )
  expect(JSON.parse((await runCommand([...command, '--json'])).out)).toEqual({
    items: [{ id: 1 }, { id: 2 }, { id: 3 }],
  })
})

it('a list command refuses a page of the whole list', async () => {
  const { code, err } = await runCommand(['inbox', '--all', '--page', '2'])
  expect([code, err]).toEqual([2, expect.stringContaining("'--all' cannot be used with option '--page")])
})

const LISTS = {
  events: '/api/2/events/',
  builds: '/api/2/builds/',
  inbox: '/api/2/inbox',
  audit: '/api/2/audit',
}

/** What the commands set by themselves. */
const NO_OPTIONS = new Set(['page', 'per_page', 'cursor', 'show_full_json', 'show_body'])

it('a list command has an option for each filter of the API, and shows which may have several values', async () => {
  const api = await startApi()
  const { paths } = await api.json('/openapi.json')
  await api.drop()
  for (const [command, path] of Object.entries(LISTS)) {
    const { out } = await runCommand([command, '--help'])
    const options = out.replace(/\n {10,}/g, ' ').split('\n') // long descriptions have several lines
    const compared = paths[path].get.parameters.flatMap(({ name, schema }: OpenApiParameter) => {
      if (NO_OPTIONS.has(name)) return []
      const line = options.find((option) => option.trim().startsWith(`--${name.replaceAll('_', '-')} `))
      return [{ name, shown: line?.includes('may be repeated'), isRepeatable: schema.type === 'array' }]
    })
    expect(compared.length).toBeGreaterThan(1)
    for (const { name, shown, isRepeatable } of compared)
      expect([command, name, shown]).toEqual([command, name, isRepeatable])
  }
})

it('a list command refuses a second value of a filter that the API takes once', async () => {
  const { code, err } = await runCommand(['builds', '--state', 'FAILED', '--state', 'CANCELED'])
  expect([code, err]).toEqual([2, expect.stringMatching(/^error: option '--state <state>'.* only once\.$/m)])
})

type OpenApiParameter = { name: string; schema: { type?: string } }
