/** A small Koji hub on a real socket: sessions, call numbers, faults in a 200, multicalls (behaviour/koji 1 to 4). */
import type { ServerResponse } from 'node:http'
import { isStruct } from '../../../lab/services/koji/methods/method.ts'
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
type Run = (method: string, params: XmlRpcValue[], caller: Caller) => XmlRpcInput

/**
 * What the hub does instead of a proper answer; `after`: only after it has carried out the request. `retryAfterS`: the delay that
 * a status requests.
 */
export type Trouble = {
  when: 'before' | 'after'
  kind: 'drop' | 'hang' | 'garbage' | number
  retryAfterS?: number
}

/** A container task, as the hub stores it. */
export type HubTask = { id: number; request: XmlRpcValue[]; state: number }

/** `headerAuth: false`: sessions are in the query string. `callnumHeader`: earlier hubs read `koji-callnum` only. */
type HubOptions = { headerAuth?: boolean; callnumHeader?: string }

/** The tables of a hub. */
type Hub = {
  /** Every method that ran, including those in multicalls. */
  ran: string[]
  tasks: HubTask[]
  sessions: Session[]
  /** Consumed in order, one for each request that calls a method in `troubled` (any method if that is empty). */
  troubles: Trouble[]
  troubled: Set<string>
  /** Replacements for the default methods. */
  methods: Record<string, Method>
}

/** Methods that change something: only they record a call number, and only when they succeed. */
const WRITES = new Set(['buildContainer', 'cancelTask'])
const ENDED_STATES = [2, 3, 5]

/** Starts a hub; the test may read and change its tables at any time. */
export async function startHub(options: HubOptions = {}) {
  const hub: Hub = { ran: [], tasks: [], sessions: [], troubles: [], troubled: new Set(), methods: {} }
  const run: Run = (method, params, caller) => {
    hub.ran.push(method)
    const implementation = hub.methods[method] ?? defaults[method]
    if (!implementation) throw new XmlRpcFault(1000, `Invalid method: ${method}`)
    const last = params.at(-1)
    const named = isStruct(last) && last.__starstar === true ? last : undefined
    return implementation(named ? params.slice(0, -1) : params, named ?? {}, caller)
  }
  const defaults: Record<string, Method> = {
    ...sessionMethods(hub, options),
    ...taskMethods(hub),
    multiCall: ([calls], _named, caller) => multiCall(calls ?? null, caller, run),
  }
  const server = await serve((request, response) => {
    const troubled = hub.troubled.size === 0 || [...hub.troubled].some((name) => request.body.includes(name))
    const trouble = troubled ? hub.troubles.shift() : undefined
    if (trouble?.when === 'before') return cause(trouble, response)
    const answer = answerOf(() => dispatch(hub, options, request, run))
    if (trouble) return cause(trouble, response)
    response.writeHead(200, { 'content-type': 'text/xml', 'koji-version': '1.35.3' }).end(answer)
  })
  return Object.assign(hub, { url: `${server.url}/kojihub`, received: server.received, stop: server.stop })
}

function sessionMethods(hub: Hub, { headerAuth = true }: HubOptions): Record<string, Method> {
  const open: Method = (_params, { renew }, { session }) => {
    const opened =
      session && renew ? session : { id: 6 + hub.sessions.length, key: '', callnum: null, expired: false }
    if (opened !== session) hub.sessions.push(opened)
    Object.assign(opened, { key: `key-${Math.random()}`, expired: false })
    const { id, key } = opened
    return { 'session-id': id, 'session-key': key, ...(headerAuth && { 'header-auth': true }) }
  }
  return {
    getKojiVersion: () => '1.35.3',
    login: (params, named, caller) => {
      const [user, password] = params
      if (user !== 'freshwave' || password !== 'secret')
        throw new XmlRpcFault(1002, 'invalid username or password')
      return open(params, named, caller)
    },
    sslLogin: open,
    logout: () => null,
    getLoggedInUser: (_params, _named, { session }) => (session ? { id: 2, name: 'freshwave' } : null),
  }
}

function taskMethods(hub: Hub): Record<string, Method> {
  const taskOf = (id: XmlRpcValue | undefined) => hub.tasks.find((candidate) => candidate.id === id)
  return {
    buildContainer: ([source = '', target = '', opts = {}], _named, { session }) => {
      if (!session) throw new XmlRpcFault(1000, 'task must have an owner')
      if (target === 'nope') throw new XmlRpcFault(1005, 'Target `nope` not found')
      const task = { id: 101 + hub.tasks.length, request: [source, target, opts], state: 0 }
      hub.tasks.push(task)
      return task.id
    },
    cancelTask: ([id]) => {
      const task = taskOf(id)
      if (task && !ENDED_STATES.includes(task.state)) task.state = 3
      return null
    },
    getTaskInfo: ([id]) => {
      const task = taskOf(id)
      if (!task) return null
      return { id: task.id, method: 'buildContainer', state: task.state, owner: 2, parent: null }
    },
    listTasks: () => hub.tasks.map((task) => ({ ...task, ...listed(task.request) })),
  }
}

/** In a list, the request of a task is the XML of its call. */
function listed(params: XmlRpcValue[]) {
  return { method: 'buildContainer', owner: 2, request: encodeCall('buildContainer', params) }
}

function multiCall(calls: XmlRpcValue, caller: Caller, run: Run): XmlRpcInput {
  const items = calls as { methodName: string; params: XmlRpcValue[] }[] // as the client under test encodes them
  return items.map(({ methodName, params }) => {
    try {
      return [run(methodName, params, caller)]
    } catch (error) {
      if (!(error instanceof XmlRpcFault)) throw error
      const traceback = ['Traceback (most recent call last):\n']
      return { faultCode: error.code, faultString: error.text, traceback }
    }
  })
}

/** Checks session and call number, runs the method, and records the call number of a write. */
function dispatch(hub: Hub, options: HubOptions, request: Received, run: Run): XmlRpcInput {
  const { method, params } = decodeCall(request.body)
  const { session, callnum } = findSession(hub, options, request, method)
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
  hub: Hub,
  { callnumHeader = 'koji-session-callnum' }: HubOptions,
  request: Received,
  method: string,
): { session: Session | null; callnum: number | null } {
  const query = new URL(request.url, 'http://hub').searchParams
  const {
    'koji-session-id': headerId,
    'koji-session-key': headerKey,
    [callnumHeader]: headerNumber,
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

export type FakeHub = Awaited<ReturnType<typeof startHub>>

function answerOf(work: () => XmlRpcInput): string {
  try {
    return encodeResponse(work())
  } catch (error) {
    if (error instanceof XmlRpcFault) return encodeFault(error.code, error.text)
    throw error
  }
}

function cause({ kind, retryAfterS }: Trouble, response: ServerResponse): void {
  if (kind === 'drop') response.destroy()
  else if (kind === 'garbage') response.end('<html>It works!</html>')
  else if (typeof kind === 'number')
    response.writeHead(kind, retryAfterS ? { 'retry-after': String(retryAfterS) } : {}).end('proxy says no')
}
