/** Sessions of the hub: login, renewal, logout, and the rules of the call number (behaviour/koji 2). */
import { randomBytes } from 'node:crypto'
import { userStruct } from '../answers.ts'
import type { KojiSession, KojiUser } from '../records.ts'
import { type KojiState, nextId } from '../state.ts'
import { type Call, FAULTS, HubFault, type Method } from './method.ts'

/** The session data of a request, as received and not yet checked. */
export type Credentials = { id: string; key: string; callnum: string | null }

const AUTHTYPE = { normal: 0, gssapi: 3 } as const

/** The methods that open or renew a session: an expired session may call these. */
const LOGINS = new Set(['login', 'sslLogin'])

/** The session that a request belongs to. @throws HubFault 1002, 1007, 1008 or 1009, as a real hub does */
export function openSession(state: KojiState, method: string, credentials: Credentials): KojiSession {
  const session = state.sessions.get(Number(credentials.id))
  if (!session || session.key !== credentials.key)
    throw new HubFault(FAULTS.auth, 'Invalid session or bad credentials')
  if (LOGINS.has(method)) return session
  if (session.expired) throw new HubFault(FAULTS.authExpired, `session "${session.id}" has expired`)
  if (credentials.callnum !== null) checkCallnum(session, Number(credentials.callnum), method)
  return session
}

function checkCallnum(session: KojiSession, callnum: number, method: string): void {
  const last = session.lastCallnum
  if (last === null || callnum > last) return
  if (callnum === last)
    throw new HubFault(
      FAULTS.retry,
      `unable to retry call ${callnum} (method ${method}) for session ${session.id}`,
    )
  throw new HubFault(FAULTS.sequence, `${last} > ${callnum} (session ${session.id})`)
}

function begin(state: KojiState, user: KojiUser, authtype: number) {
  const id = nextId(state, 'session')
  const session: KojiSession = { id, key: newKey(), user, authtype, lastCallnum: null, expired: false }
  state.sessions.set(id, session)
  return sessionStruct(session)
}

/** The id stays, the key changes: the old key is no longer valid. */
function renew(session: KojiSession) {
  session.key = newKey()
  session.expired = false
  return sessionStruct(session)
}

function sessionStruct(session: KojiSession) {
  return { 'session-id': session.id, 'session-key': session.key, 'header-auth': true }
}

function newKey(): string {
  return `2-${randomBytes(15).toString('base64url')}`
}

/** Expires every session, as after a day: the next call in each gets fault 1007. */
export function expireSessions(state: KojiState): void {
  for (const session of state.sessions.values()) session.expired = true
}

function loginAs(call: Call, user: KojiUser, renewing: boolean, authtype: number) {
  call.wrote()
  if (!call.session) return begin(call.world.koji, user, authtype)
  if (!renewing) throw new HubFault(FAULTS.auth, 'Already logged in')
  return renew(call.session)
}

/** The methods by name. */
export const SESSION_METHODS = {
  login: {
    params: ['user', 'password', 'opts', 'renew', 'exclusive'],
    required: 2,
    run: (args, call) => {
      const user = call.world.koji.users.find(({ name }) => name === args.user)
      if (!user || user.password !== args.password)
        throw new HubFault(FAULTS.auth, 'invalid username or password')
      return loginAs(call, user, args.renew === true, AUTHTYPE.normal)
    },
  },
  sslLogin: {
    params: ['proxyuser', 'proxyauthtype', 'renew', 'exclusive'],
    required: 0,
    run: (args, call) => {
      // Reached only through /ssllogin with a token, so the route has already accepted the service's account.
      const user = call.world.koji.users[1]
      if (!user || !call.world.koji.acceptNegotiate)
        throw new HubFault(FAULTS.auth, 'could not verify client: no REMOTE_USER')
      return loginAs(call, user, args.renew === true, AUTHTYPE.gssapi)
    },
  },
  logout: {
    params: ['session_id'],
    required: 0,
    run: (_args, call) => {
      if (!call.session) throw new HubFault(FAULTS.auth, 'Not logged in')
      call.wrote()
      call.world.koji.sessions.delete(call.session.id)
      return null
    },
  },
  getLoggedInUser: {
    params: [],
    required: 0,
    run: (_args, { session }) => (session ? userStruct(session.user, session.authtype) : null),
  },
} as const satisfies Record<string, Method>
