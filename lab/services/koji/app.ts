/** The hub: XML-RPC over HTTP with sessions and multiCall, as Koji speaks it (behaviour/koji 1 to 3). */
import { type Context, Hono } from 'hono'
import {
  decodeCall,
  encodeFault,
  encodeResponse,
  XmlRpcFault,
  type XmlRpcInput,
  XmlRpcSyntaxError,
  type XmlRpcValue,
} from '../../../src/lib/xmlrpc/index.ts'
import { withFaults } from '../../faults.ts'
import { count, type World } from '../../world.ts'
import { MANIFESTS_ARCHIVE, withDoubles } from './answers.ts'
import { buildMetadata } from './archives.ts'
import { manifestsArchive } from './bundle-manifests.ts'
import { failCall, failRequest, mutateValue } from './faults.ts'
import { BUILD_METHODS } from './methods/builds.ts'
import { bindArgs, type Call, FAULTS, HubFault, isStruct, type Method } from './methods/method.ts'
import { type Credentials, openSession, SESSION_METHODS } from './methods/sessions.ts'
import { TASK_METHODS } from './methods/tasks.ts'
import type { KojiSession } from './records.ts'
import { buildByNvr } from './state.ts'

const KOJI_VERSION = '1.35.3'
const MAX_REQUEST_LENGTH = 4 * 1024 * 1024

const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    getAPIVersion: { params: [], required: 0, run: () => 1 },
    getKojiVersion: { params: [], required: 0, run: () => KOJI_VERSION },
    ...SESSION_METHODS,
    ...TASK_METHODS,
    ...BUILD_METHODS,
  }),
)

/** The hub at `/kojihub` and the files of its builds at `/kojifiles`. */
export function createKojiApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'koji', operationsOf))
  app.get('/kojifiles/packages/:name/:version/:release/metadata.json', (c) => {
    const { name, version, release } = c.req.param()
    const build = buildByNvr(world.koji, `${name}-${version}-${release}`)
    return build?.image ? c.json(buildMetadata(build)) : c.text('Not Found\n', 404)
  })
  app.get(
    `/kojifiles/packages/:name/:version/:release/files/operator-manifests/${MANIFESTS_ARCHIVE}`,
    (c) => {
      const { name, version, release } = c.req.param()
      const bundle = buildByNvr(world.koji, `${name}-${version}-${release}`)?.image?.bundle
      return bundle ? c.body(manifestsArchive(bundle)) : c.text('Not Found\n', 404)
    },
  )
  app.post('/kojihub', (c) => answer(world, c))
  app.post('/kojihub/ssllogin', async (c) => {
    const token = c.req.header('Authorization')?.startsWith('Negotiate ')
    if (!token || !world.koji.acceptNegotiate)
      return c.text('Unauthorized\n', 401, { 'WWW-Authenticate': 'Negotiate' })
    return answer(world, c)
  })
  app.all('/kojihub', (c) =>
    c.text('Method Not Allowed\nThis is an XML-RPC server. Only POST requests are accepted.\n', 405, {
      Allow: 'POST',
      'Koji-Version': KOJI_VERSION,
    }),
  )
  return app
}

async function answer(world: World, c: Context): Promise<Response> {
  const headers = { 'Koji-Version': KOJI_VERSION }
  const body = await c.req.text()
  if (body === '') return c.text('Invalid request: Empty request\n', 400, headers)
  if (Buffer.byteLength(body) > MAX_REQUEST_LENGTH)
    return c.text('Invalid request: Request too long\n', 400, headers)
  try {
    const xml = handle(world, decodeCall(body), credentialsOf(c))
    return c.body(xml, 200, { ...headers, 'Content-Type': 'text/xml' })
  } catch (problem) {
    if (problem instanceof XmlRpcSyntaxError)
      return c.text(`Invalid request: ${problem.message}\n`, 400, headers)
    throw problem
  }
}

/** Read from headers, or from a query string as older clients send them; a query string without a session is refused. */
function credentialsOf(c: Context): Credentials | 'bad-query' | null {
  const id = c.req.header('Koji-Session-Id')
  if (id !== undefined)
    return {
      id,
      key: c.req.header('Koji-Session-Key') ?? '',
      callnum: c.req.header('Koji-Session-Callnum') ?? null,
    }
  const query = c.req.query()
  if (Object.keys(query).length === 0) return null
  const { 'session-id': fromQuery, 'session-key': key = '', callnum = null } = query
  return fromQuery === undefined ? 'bad-query' : { id: fromQuery, key, callnum }
}

/** A decoded request; the first parameter of a multicall is the list of its calls. */
type HubRequest = { method: string; params: XmlRpcValue[] }

function handle(world: World, request: HubRequest, credentials: Credentials | 'bad-query' | null): string {
  const { method, params } = request
  try {
    failRequest(world, method, params)
    if (credentials === 'bad-query') throw new HubFault(FAULTS.auth, 'session-id not found in query string')
    const session = credentials && openSession(world.koji, method, credentials)
    const callnum = credentials?.callnum ?? null
    return encodeResponse(withDoubles(perform(world, request, session, callnum)))
  } catch (thrown) {
    const { code, text } = faultOf(thrown)
    return encodeFault(code, text)
  }
}

/** Runs one request; its number is stored only when it changed something and did not fault. */
function perform(
  world: World,
  { method, params }: HubRequest,
  session: KojiSession | null,
  callnum: string | null,
): XmlRpcInput {
  let changed = false
  const call: Call = {
    world,
    session,
    wrote: () => {
      changed = true
    },
  }
  const result =
    method === 'multiCall' || method === 'system.multicall'
      ? mutateValue(world, 'multiCall', multiCall(params[0] ?? null, call))
      : invoke(method, params, call)
  if (session && changed && callnum !== null) session.lastCallnum = Number(callnum)
  return result
}

function invoke(name: string, params: XmlRpcValue[], call: Call): XmlRpcInput {
  count(call.world.kojiCalls, name)
  failCall(call.world, name, params)
  const method = METHODS.get(name)
  if (!method) throw new HubFault(FAULTS.generic, `Invalid method: ${name}`)
  return mutateValue(call.world, name, method.run(bindArgs(name, method, params), call))
}

/** One entry for each call, in order: its result in an array of one, or its fault. It never faults as a whole. */
function multiCall(calls: XmlRpcValue, call: Call): XmlRpcInput {
  if (!Array.isArray(calls)) throw new HubFault(FAULTS.parameter, 'multiCall takes a list of calls')
  return calls.map((item) => {
    try {
      if (!isStruct(item) || typeof item.methodName !== 'string')
        throw new HubFault(FAULTS.generic, 'Invalid method: None')
      return [invoke(item.methodName, Array.isArray(item.params) ? item.params : [], call)]
    } catch (thrown) {
      const { code, text } = faultOf(thrown)
      return {
        faultCode: code,
        faultString: text,
        traceback: ['Traceback (most recent call last):\n', `${text}\n`],
      }
    }
  })
}

function faultOf(thrown: unknown): { code: number; text: string } {
  if (thrown instanceof HubFault) return { code: thrown.code, text: thrown.message }
  if (thrown instanceof XmlRpcFault) return { code: thrown.code, text: thrown.text }
  throw thrown
}

/** The method and the methods inside a multiCall; taken from the text, so that malformed calls are counted too. */
async function operationsOf(c: Context): Promise<string[]> {
  if (c.req.method !== 'POST') return [`${c.req.method} ${c.req.path.split('/')[1] ?? ''}`]
  const body = await c.req.text()
  const method = /<methodName>\s*([^<]*?)\s*<\/methodName>/.exec(body)?.[1] ?? '?'
  const inner = body.matchAll(/<name>methodName<\/name>\s*<value>(?:<string>)?([^<]+)/g)
  return [method, ...new Set([...inner].map((match) => match[1] ?? '?'))]
}
