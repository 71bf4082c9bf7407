/** A logged-in session: one call at a time, numbered so that the hub carries out each of them at most once (behaviour/koji 2). */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, OutcomeUnknown, retryAfterMsOf } from '../../../lib/errors.ts'
import { MAX_BACKOFF_MS, retryDelayMs } from '../../../lib/http/retry.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import type { SessionKey } from '../schemas/hub.ts'
import { FAULT, isFault, KojiFault } from './fault.ts'
import type { Credentials, OpenSession } from './login.ts'
import { type Call, mayPass, type Post, type Repetition, retryTransient } from './transport.ts'

/**
 * Makes a call as the logged-in user. Rejects with `KojiFault` when the hub refused it, `UpstreamError` when it was
 * certainly not carried out, and for a write `OutcomeUnknown` when it was or may have been: look up the outcome before sending again.
 * `check` throws when the call must not be sent any more: its turn, a login or a repeat may take long.
 */
export type Session = {
  call(call: Call, effect: 'read' | 'write', check?: () => void): Promise<XmlRpcValue>
  close(): Promise<void>
}

/** What the next attempt of a call has to know about the attempts before it. */
type CallState = { attempt: number; recovered: boolean; maybeDone: boolean }

/** All other calls of the session wait for the one whose turn it is: a longer delay that the hub requests is left to its caller. */
const IN_TURN = { maxDelayMs: MAX_BACKOFF_MS }

type Step = 'repeat' | 'renew' | 'login' | 'unknown' | 'fail'

/** Calls without a login, for a hub that requires none. Nothing that may have been sent is repeated. */
export function createAnonymousSession(post: Post): Session {
  return { call: (call, effect) => post(call, { effect }), close: async () => {} }
}

/** Logs in with the first call and again whenever the hub has forgotten the session. */
export function createSession(post: Post, login: OpenSession, repetition: Repetition): Session {
  const { retry } = repetition
  let session: (SessionKey & { nextCallnum: number }) | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function open(): Promise<SessionKey & { nextCallnum: number }> {
    session ??= { ...(await retryTransient(repetition, () => login(), IN_TURN)), nextCallnum: 0 }
    return session
  }

  /** False when the session has ended, or its key has changed: the answer with the new one may have been lost. */
  async function renew(): Promise<boolean> {
    const old = await open()
    try {
      session = { ...old, ...(await retryTransient(repetition, () => login(credentials(old)), IN_TURN)) }
      return true
    } catch (error) {
      if (isFault(error, FAULT.auth)) return false
      throw error
    }
  }

  async function perform(call: Call, effect: 'read' | 'write', check = () => {}): Promise<XmlRpcValue> {
    const state: CallState = { attempt: 1, recovered: false, maybeDone: false }
    let callnum = (await open()).nextCallnum++
    for (; ; state.attempt += 1) {
      try {
        const current = await open()
        check()
        return await post(call, { ...credentials(current, callnum), effect })
      } catch (error) {
        state.maybeDone ||= error instanceof OutcomeUnknown
        const step = nextStep(error, state, retry.attempts)
        if (step === 'fail') throw error
        if (step === 'unknown')
          throw new OutcomeUnknown(`${call.method}: ${messageOf(error)}`, { cause: error })
        if (step === 'repeat')
          await sleep(retryDelayMs(retry, state.attempt, Math.random(), retryAfterMsOf(error)))
        const isGone = step === 'login' || (step === 'renew' && !(await renew()))
        if (isGone) {
          session = null
          callnum = (await open()).nextCallnum++
        }
        state.recovered ||= step !== 'repeat'
      }
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work)
    queue = done.catch(() => undefined)
    return done
  }

  return {
    call: (call, effect, check) => inTurn(() => perform(call, effect, check)),
    close: () =>
      inTurn(async () => {
        if (session) await post({ method: 'logout', params: [] }, { ...credentials(session), effect: 'read' })
        session = null
      }),
  }
}

/**
 * What a failed attempt means. A number the hub already knows (1009) means that the call was carried out. If an earlier attempt
 * may have been carried out, only the same session still prevents a repeat: then a lost session ends the call.
 */
function nextStep(error: unknown, { attempt, recovered, maybeDone }: CallState, attempts: number): Step {
  if (isFault(error, FAULT.retry)) return 'unknown'
  if (isFault(error, FAULT.authExpired, FAULT.auth, FAULT.sequence)) {
    if (maybeDone) return 'unknown'
    if (recovered) return 'fail'
    return error.code === FAULT.authExpired ? 'renew' : 'login'
  }
  if (mayPass(error) && attempt < attempts && retryAfterMsOf(error) <= IN_TURN.maxDelayMs) return 'repeat'
  const refused = error instanceof KojiFault && error.code !== FAULT.serverOffline
  return maybeDone && !refused ? 'unknown' : 'fail'
}

/** Hubs before 1.30 do not support session headers; their login answers lack `header-auth`. */
function credentials({ id, key, headerAuth }: SessionKey, callnum?: number): Credentials {
  if (!headerAuth) {
    return { query: { 'session-id': id, 'session-key': key, ...(callnum !== undefined && { callnum }) } }
  }
  const headers = { 'Koji-Session-Id': String(id), 'Koji-Session-Key': key }
  if (callnum === undefined) return { headers }
  const number = String(callnum)
  // Hubs of several releases look for the second and ignore the first: they would carry a repeated call out again.
  return { headers: { ...headers, 'Koji-Session-Callnum': number, 'Koji-Callnum': number } }
}
