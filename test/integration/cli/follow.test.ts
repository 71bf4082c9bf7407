/** `freshwave event ID --watch` against a service whose stream opens, breaks or is refused. */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { runCommand } from '../../support/programs/command-line.ts'
import { sendJson, serve } from '../../support/servers/http-server.ts'

const ID = 7

/** A service whose event goes on only when the command has seen how far it is; after `changes` it is COMPLETE. */
function service(changes: number, stream: (response: ServerResponse, lastId: string | undefined) => void) {
  let open: ServerResponse | undefined
  let version = 0
  return serve((request, response) => {
    if (request.url.startsWith('/api/2/stream')) {
      open = response
      stream(response, request.headers['last-event-id']?.toString())
      return
    }
    const state = version >= changes ? 'COMPLETE' : 'BUILDING'
    sendJson(response, { id: ID, state_name: state, state_reason: `step ${version}`, builds: [] })
    if (!open?.writable || version >= changes) return
    version += 1
    open.write(`event: event.state.changed.min\nid: ${version}\ndata: {}\n\n`)
  })
}

const opened = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 20\nid: 0\n\n')
}

/** Runs the command as on a terminal of 80 columns. */
const TERMINAL = 'data:text/javascript,Object.assign(process.stdout,{isTTY:true,columns:80,rows:24})'
const onTerminal = (url: string, env: Record<string, string>) =>
  runCommand(['event', String(ID), '--watch', '--url', url], {
    env,
    program: [process.execPath, '--import', TERMINAL, 'bin/freshwave.mjs'],
  })

const watch = (url: string) => runCommand(['event', String(ID), '--watch', '--url', url])

it('the command looks as often as the stream reports a change, without waiting for the next slot of time', async () => {
  const changes = 60 // two minutes if each waited for a slot of two seconds
  const { url, received } = await service(changes, opened)
  const shown = await watch(url)
  expect([shown.code, shown.err]).toEqual([0, ''])
  expect(shown.out).toMatch(/^Event 7 COMPLETE$/m)
  const looks = received.filter((request) => request.url === `/api/1/events/${ID}`)
  expect(looks.length).toBeLessThanOrEqual(changes + 2)
  const [first] = received.filter((request) => request.url.startsWith('/api/2/stream'))
  expect(first?.url).toBe(`/api/2/stream?event=${ID}&kinds=build.state.changed%2Cevent.state.changed.min`)
})

it('the command leaves a service time for other work when each look costs it much', async () => {
  const lookMs = 300 // of an event of thousands of images, which changes all the time
  const pausesMs: number[] = []
  let answeredAt: number | undefined
  const { url } = await serve(async (request, response, count) => {
    if (request.url.startsWith('/api/2/stream')) {
      opened(response)
      const report = setInterval(() => response.write('event: build.state.changed\nid: 1\ndata: {}\n\n'), 10)
      return void response.once('close', () => clearInterval(report))
    }
    if (answeredAt !== undefined) pausesMs.push(performance.now() - answeredAt)
    await sleep(lookMs)
    answeredAt = performance.now()
    const state = count < 4 ? 'BUILDING' : 'COMPLETE'
    sendJson(response, { id: ID, state_name: state, state_reason: '', builds: [] })
  })
  expect(await watch(url)).toMatchObject({ code: 0, err: '' })
  expect(pausesMs.length).toBeGreaterThan(1)
  expect(Math.min(...pausesMs)).toBeGreaterThan(3 * lookMs)
})

it('the command connects again where the stream broke', async () => {
  const lastIds: (string | undefined)[] = []
  const { url } = await service(8, (response, lastId) => {
    lastIds.push(lastId)
    opened(response)
    if (lastIds.length < 3) response.end('event: build.state.changed\nid: 5\ndata: {}\n\n')
  })
  expect(await watch(url)).toMatchObject({ code: 0, err: '' })
  expect(lastIds.slice(0, 3)).toEqual([undefined, '5', '5'])
})

it('the command follows the stream below the prefix of a proxy', async () => {
  let streams = 0
  const { url, received } = await serve((request, response, count) => {
    if (request.url.startsWith('/fresh/api/2/stream')) {
      streams += 1
      return opened(response)
    }
    const isOver = streams > 0 || count > 5
    sendJson(response, { id: ID, state_name: isOver ? 'COMPLETE' : 'BUILDING', state_reason: '', builds: [] })
  })
  expect(await watch(`${url}/fresh`)).toMatchObject({ code: 0, err: '' })
  expect(received.map((request) => request.url).filter((path) => !path.startsWith('/fresh/'))).toEqual([])
  expect(streams).toBe(1)
})

it('the command waits while a proxy answers in place of a service that is restarted', async () => {
  let looks = 0
  const { url } = await serve((request, response) => {
    if (request.url.startsWith('/api/2/stream')) return void response.writeHead(502).end()
    looks += 1
    if (looks === 2)
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>')
    if (looks === 3) return sendJson(response, { message: 'no backend' }, 503)
    sendJson(response, {
      id: ID,
      state_name: looks > 3 ? 'COMPLETE' : 'BUILDING',
      state_reason: '',
      builds: [],
    })
  })
  expect(await watch(url)).toMatchObject({ code: 0, err: '' })
  expect(looks).toBe(4)
})

it('the command looks by itself at a service that refuses the stream', async () => {
  let refused = 0
  const { url } = await serve((request, response, count) => {
    if (request.url.startsWith('/api/2/stream')) {
      refused += 1
      return sendJson(response, { status: 404, message: 'The requested URL was not found' }, 404)
    }
    sendJson(response, {
      id: ID,
      state_name: refused > 0 && count > 1 ? 'FAILED' : 'BUILDING',
      state_reason: 'one image failed',
      builds: [],
    })
  })
  expect(await watch(url)).toMatchObject({ code: 4, err: '' })
  expect(refused).toBe(1)
})

it.each([
  [{ TERM: 'dumb', FORCE_COLOR: '1' }, false, false],
  [{ TERM: 'xterm', CI: 'true' }, false, true],
  [{ TERM: 'xterm', NO_COLOR: '1' }, true, false],
  [{ TERM: 'xterm' }, true, true],
])('the command draws on a terminal with %j what it can show', async (env, isLive, hasColors) => {
  const { url } = await serve((_request, response) =>
    sendJson(response, {
      id: ID,
      state_name: 'COMPLETE',
      state_reason: 'done',
      builds: [{ id: 1, dep_on_id: null, original_nvr: 'a-1-1', state_name: 'DONE', build_args: {} }],
    }),
  )
  const { out, code } = await onTerminal(url, env)
  expect(code).toBe(0)
  expect([out.includes('\x1b[2K'), out.includes('\x1b[32m')]).toEqual([isLive, hasColors])
})
