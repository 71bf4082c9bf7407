/** The ways to log in to the hub (behaviour/koji 2). */
import { isOfThing, noLogin } from '../../../lib/errors.ts'
import { checkAnswer } from '../../../lib/http/answer.ts'
import { createNegotiate, type Negotiate, negotiateWith } from '../../../lib/http/negotiate.ts'
import { kwargs } from '../../../lib/xmlrpc/index.ts'
import { loginSchema, type SessionKey } from '../schemas/hub.ts'
import type { Call, Envelope, Post } from './transport.ts'

/** How this program authenticates to the hub; `none` can only read. */
export type KojiAuth =
  | { kind: 'none' }
  | { kind: 'password'; user: string; password: string }
  | { kind: 'gssapi'; principal?: string; negotiate?: Negotiate }

/** The parts of an envelope that identify the session of a call. */
export type Credentials = Pick<Envelope, 'headers' | 'query'>

/** Opens a session, or gets a new key for an `expired` one, which keeps its id and call numbers. */
export type OpenSession = (expired?: Credentials) => Promise<SessionKey>

/** The login for these credentials. Safe to repeat: a second login is harmless. */
export function createHubLogin(
  post: Post,
  auth: Exclude<KojiAuth, { kind: 'none' }>,
  baseUrl: string,
): OpenSession {
  const prepare = auth.kind === 'password' ? passwordLogin(auth) : ticketLogin(auth, baseUrl)
  return async (expired) => {
    const { call, path, headers } = await prepare(expired ? { renew: true } : {})
    const envelope = { path, query: expired?.query, headers: { ...expired?.headers, ...headers } }
    try {
      const answer = await post(call, { ...envelope, effect: 'read' })
      return checkAnswer({ service: 'koji', what: call.method }, loginSchema, answer)
    } catch (error) {
      // A login is not about a thing that could be unknown or refused, whatever the code of the fault.
      throw isOfThing(error) ? noLogin('koji', `${call.method}: ${error.message}`) : error
    }
  }
}

type Prepared = { call: Call; path: string; headers?: Record<string, string> }
type Prepare = (renewal: { renew?: true }) => Promise<Prepared>

function passwordLogin({ user, password }: { user: string; password: string }): Prepare {
  return async (renewal) => ({
    call: {
      method: 'login',
      params: renewal.renew ? [user, password, kwargs({ renew: true })] : [user, password],
    },
    path: '',
  })
}

/** The web server checks the ticket, at a separate path; the hub trusts the web server. */
function ticketLogin(auth: { principal?: string; negotiate?: Negotiate }, baseUrl: string): Prepare {
  const negotiate = negotiateWith('koji', auth.negotiate ?? createNegotiate(baseUrl, auth.principal))
  return async (renewal) => ({
    call: { method: 'sslLogin', params: [kwargs({ proxyuser: null, ...renewal })] },
    path: '/ssllogin',
    headers: await negotiate(),
  })
}
