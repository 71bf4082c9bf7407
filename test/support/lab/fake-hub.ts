/** A small Koji hub on a real socket: sessions, call numbers, faults in a 200, multicalls (behaviour/koji 1 to 4). */
import type { ServerResponse } from 'node:http'
import {
  decodeCall,
  encodeCall,
  encodeFault,
  encodeResponse,
  XmlRpcFault,
  type XmlRpcInput,
  type XmlRpcValue,
} from '../../../src/lib/xmlrpc/index.ts'
import { type Received, serve } from '../servers/http-server.ts'

type Named = Record<string, XmlRpcValue>
type Session = { id: number; key: string; callnum: number | null; expired: boolean }
type Caller = { session: Session | null; path: string; headers: Received['headers'] }

/** Implements one method; `named` are the keyword arguments. */
export type Method = (params: XmlRpcValue[], named: Named, caller: Caller) => XmlRpcInput

/** What the hub does instead of a proper answer; `after`: only after it has carried out the request. */
export type Trouble = { when: 'before' | 'after'; kind: 'drop' | 'hang' | 'rubbish' | number }

/** A container task, as the hub stores it. */
export type HubTask = { id: number; request: XmlRpcValue[]; state: number }

/** What a list of tasks has of the request: the XML of the call, as the hub stores it. */
const listed = (params: XmlRpcValue[]) => ({
  method: 'buildContainer',
  owner: 2,
  request: encodeCall('buildContainer', params),
})

/** Methods that change something: only they record a call number, and only when they succeed. */
const WRITES = new Set(['buildContainer', 'cancelTask'])

/**
 * Starts a hub; the test may read and change its tables at any time. `callnumHeader`: earlier hubs look for
 * `koji-callnum` and nothing else.
 */
export async function startHub(options: { headerAuth?: boolean; callnumHeader?: string } = {}) {
  const hub = {
    url: '',
    received: [] as Received[],
    /** Every method that ran, including those in multicalls. */
    ran: [] as string[],
    tasks: [] as HubTask[],
    sessions: [] as Session[],
    /** Consumed in order, one for each request that calls a method in `troubled` (any method if that is empty). */
    troubles: [] as Trouble[],
    troubled: new Set<string>(),
    methods: {} as Record<string, Method>,
  }

  const defaults: Record<string, Method> = {
    getKojiVersion: () => '1.35.3',
    login: ([user, password], named, caller) => {
      if (user !== 'freshwave' || password !== 'secret')
        throw new XmlRpcFault(1002, 'invalid username or password')
      return openSession(named, caller)
    },
    sslLogin: (_params, named, caller) => openSession(named, caller),
    logout: () => null,
    getLoggedInUser: (_params, _named, { session }) => (session ? { id: 2, name: 'freshwave' } : null),
    buildContainer: ([source = '', target = '', opts = {}], _named, { session }) => {
      if (!session) throw new XmlRpcFault(1000, 'task must have an owner')
      if (target === 'nope') throw new XmlRpcFault(1005, 'Target `nope` not found')
      const task = { id: 101 + hub.tasks.length, request: [source, target, opts], state: 0 }
      hub.tasks.push(task)
      return task.id
    },
    cancelTask: ([id]) => {
      const task = hub.tasks.find((candidate) => candidate.id === id)
      if (task && ![2, 3, 5].includes(task.state)) task.state = 3
      return null
    },
    getTaskInfo: ([id]) => {
      const task = hub.tasks.find((candidate) => candidate.id === id)
      return task
        ? { id: task.id, method: 'buildContainer', state: task.state, owner: 2, parent: null }
        : null
    },
    listTasks: () => hub.tasks.map((task) => ({ ...task, ...listed(task.request) })),
    multiCall: ([calls], _named, caller) =>
      (calls as { methodName: string; params: XmlRpcValue[] }[]).map(({ methodName, params }) => {
        try {
          return [run(methodName, params, caller)]
        } catch (error) {
          const { code, text } = error as XmlRpcFault
          return { faultCode: code, faultString: text, traceback: ['Traceback (most recent call last):\n'] }
        }
      }),
  }

  function openSession(named: Named, { session }: Caller): XmlRpcInput {
    const opened =
      session && named.renew
        ? session
        : { id: 6 + hub.sessions.length, key: '', callnum: null, expired: false }
    if (opened !== session) hub.sessions.push(opened)
    Object.assign(opened, { key: `key-${Math.random()}`, expired: false })
    const { id, key } = opened
    return {
      'session-id': id,
      'session-key': key,
      ...(options.headerAuth !== false && { 'header-auth': true }),
    }
  }

  function run(method: string, params: XmlRpcValue[], caller: Caller): XmlRpcInput {
    hub.ran.push(method)
    const implementation = hub.methods[method] ?? defaults[method]
    if (!implementation) throw new XmlRpcFault(1000, `Invalid method: ${method}`)
    const last = params.at(-1) as Named | null | undefined
    const named = typeof last === 'object' && last?.__starstar === true ? last : {}
    return implementation(named === last ? params.slice(0, -1) : params, named, caller)
  }

  /** Checks session and call number, runs the method, and records the call number of a write. */
  function dispatch(request: Received): XmlRpcInput {
    const { method, params } = decodeCall(request.body)
    const { session, callnum } = findSession(request, method)
    const caller = { session, path: request.url, headers: request.headers }
    if (session && callnum !== null && session.callnum !== null) {
      if (callnum === session.callnum) throw new XmlRpcFault(1009, `unable to retry call ${callnum}`)
      if (callnum < session.callnum) throw new XmlRpcFault(1008, `${session.callnum} > ${callnum}`)
    }
    const ranBefore = hub.ran.length
    const result = run(method, params, caller)
    const wrote = hub.ran.slice(ranBefore).some((name) => WRITES.has(name))
    if (session && wrote && callnum !== null) session.callnum = callnum
    return result
  }

  function findSession(
    request: Received,
    method: string,
  ): { session: Session | null; callnum: number | null } {
    const query = new URL(request.url, 'http://hub').searchParams
    const {
      'koji-session-id': headerId,
      'koji-session-key': headerKey,
      [options.callnumHeader ?? 'koji-session-callnum']: headerNumber,
    } = request.headers
    const id = headerId ?? query.get('session-id')
    if (id === null) return { session: null, callnum: null }
    const session = hub.sessions.find(
      (candidate) => String(candidate.id) === id && candidate.key === (headerKey ?? query.get('session-key')),
    )
    if (!session) throw new XmlRpcFault(1002, 'Invalid session or bad credentials')
    if (session.expired && method !== 'login' && method !== 'sslLogin')
      throw new XmlRpcFault(1007, 'session has expired')
    const number = headerNumber?.toString() ?? query.get('callnum')
    return { session, callnum: number === null ? null : Number(number) }
  }

  const server = await serve((request, response) => {
    const troubled = hub.troubled.size === 0 || [...hub.troubled].some((name) => request.body.includes(name))
    const trouble = troubled ? hub.troubles.shift() : undefined
    if (trouble?.when === 'before') return cause(trouble.kind, response)
    const answer = answerOf(() => dispatch(request))
    if (trouble) return cause(trouble.kind, response)
    response.writeHead(200, { 'content-type': 'text/xml', 'koji-version': '1.35.3' }).end(answer)
  })
  return Object.assign(hub, { url: `${server.url}/kojihub`, received: server.received, stop: server.stop })
}

export type FakeHub = Awaited<ReturnType<typeof startHub>>

function answerOf(work: () => XmlRpcInput): string {
  try {
    return encodeResponse(work())
  } catch (error) {
    if (error instanceof XmlRpcFault) return encodeFault(error.code, error.text)
    throw error
  }
}

function cause(kind: Trouble['kind'], response: ServerResponse): void {
  if (kind === 'drop') response.destroy()
  else if (kind === 'rubbish') response.end('<html>It works!</html>')
  else if (typeof kind === 'number') response.writeHead(kind).end('proxy says no')
}
