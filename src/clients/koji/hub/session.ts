/** A logged-in session: one call at a time, numbered so that the hub carries it out at most once (behaviour/koji 2). */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, OutcomeUnknown, UpstreamError } from '../../../lib/errors.ts'
import { type RetryRule, retryDelayMs } from '../../../lib/http/retry.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import type { SessionKey } from '../schema.ts'
import { FAULT, isFault, KojiFault } from './fault.ts'
import type { Credentials, Login } from './login.ts'
import { type Call, isTransientHubError, type Post, repeatTransient } from './transport.ts'

/**
 * Makes a call as the logged-in user. Rejects with `KojiFault` if the hub refused it, `UpstreamError` if it was
 * certainly not carried out, and for a write `OutcomeUnknown` if it was or may have been: check before repeating it.
 */
export type Session = {
  call(call: Call, effect: 'read' | 'write'): Promise<XmlRpcValue>
  close(): Promise<void>
}

/** What the next attempt of a call has to know about the previous ones. */
type Progress = { attempt: number; recovered: boolean; maybeDone: boolean }

type Step = 'repeat' | 'renew' | 'login' | 'unknown' | 'fail'

/** Calls without a login, for a hub that requires none. A call that may have been sent is never repeated. */
export function createAnonymousSession(post: Post): Session {
  return { call: (call, effect) => post(call, { effect }), close: async () => {} }
}

/** Logs in at the first call, and again whenever the hub no longer knows the session. */
export function createSession(post: Post, login: Login, retry: RetryRule): Session {
  let session: (SessionKey & { nextCallnum: number }) | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function open(): Promise<SessionKey & { nextCallnum: number }> {
    session ??= { ...(await repeatTransient(retry, () => login())), nextCallnum: 0 }
    return session
  }

  async function renew(): Promise<void> {
    const old = await open()
    session = { ...old, ...(await repeatTransient(retry, () => login(credentials(old)))) }
  }

  async function perform(call: Call, effect: 'read' | 'write'): Promise<XmlRpcValue> {
    const progress: Progress = { attempt: 1, recovered: false, maybeDone: false }
    let callnum = (await open()).nextCallnum++
    for (; ; progress.attempt += 1) {
      try {
        return await post(call, { ...credentials(await open(), callnum), effect })
      } catch (error) {
        progress.maybeDone ||= effect === 'write' && wasMaybeSent(error)
        const step = nextStep(error, progress, retry.attempts)
        if (step === 'fail') throw error
        if (step === 'unknown')
          throw new OutcomeUnknown(`${call.method}: ${messageOf(error)}`, { cause: error })
        if (step === 'repeat') await sleep(retryDelayMs(retry, progress.attempt, Math.random()))
        if (step === 'renew') await renew()
        if (step === 'login') {
          session = null
          callnum = (await open()).nextCallnum++
        }
        progress.recovered ||= step !== 'repeat'
      }
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work)
    queue = done.catch(() => undefined)
    return done
  }

  return {
    call: (call, effect) => inTurn(() => perform(call, effect)),
    close: () =>
      inTurn(async () => {
        if (session) await post({ method: 'logout', params: [] }, { ...credentials(session), effect: 'read' })
        session = null
      }),
  }
}

/**
 * Decides what to do after a failed attempt. Fault 1009, a call number the hub already knows, means that the call was
 * carried out. If an earlier attempt may have been carried out, only the same session prevents doing it twice: then a
 * lost session ends the call.
 */
function nextStep(error: unknown, { attempt, recovered, maybeDone }: Progress, attempts: number): Step {
  if (isFault(error, FAULT.retry)) return 'unknown'
  if (isFault(error, FAULT.authExpired, FAULT.auth, FAULT.sequence)) {
    if (maybeDone) return 'unknown'
    if (recovered) return 'fail'
    return error.code === FAULT.authExpired ? 'renew' : 'login'
  }
  if (isTransientHubError(error) && attempt < attempts) return 'repeat'
  const refused = error instanceof KojiFault && error.code !== FAULT.serverOffline
  return maybeDone && !refused ? 'unknown' : 'fail'
}

/** After a server error, the call may have been carried out. */
function wasMaybeSent(error: unknown): boolean {
  return error instanceof OutcomeUnknown || (error instanceof UpstreamError && (error.status ?? 0) >= 500)
}

/** Hubs before 1.30 do not support session headers: their login answer lacks `header-auth`. */
function credentials({ id, key, headerAuth }: SessionKey, callnum?: number): Credentials {
  if (!headerAuth) {
    return { query: { 'session-id': id, 'session-key': key, ...(callnum !== undefined && { callnum }) } }
  }
  const headers = { 'Koji-Session-Id': String(id), 'Koji-Session-Key': key }
  return {
    headers: callnum === undefined ? headers : { ...headers, 'Koji-Session-Callnum': String(callnum) },
  }
}
