/** Trouble of outside services and of our accounts there: reported when it begins and ends, with one probe between. */

import type { Context } from '../context.ts'
import {
  endServiceTrouble,
  recordServiceTrouble,
  serviceTroubles,
  takeProbe,
} from '../db/queries/service-troubles.ts'
import { countWaiting } from '../db/queries/waits.ts'
import { amount } from '../domain/amount.ts'
import { messageOf, ServiceInTrouble, type Trouble, troubleOf } from '../lib/errors.ts'

type TroubleContext = Pick<Context, 'db' | 'log' | 'now'>

const MIN_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
/** Pauses vary by this much, so that jobs that failed together do not return together. */
const SPREAD = 0.2

/** Milliseconds until the next attempt: half of the time waited so far, between a second and a minute. */
export function pauseMs(waitedMs: number, random = Math.random()): number {
  const pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, waitedMs / 2))
  return Math.round(pause * (1 - SPREAD * random))
}

/**
 * Stores that a call failed by trouble, and logs it when the trouble begins; `ofWrites`: a call that changes something, or
 * the login it needs. Nothing probes the service before the delay that it has requested. Safe to repeat.
 */
export async function recordTrouble(
  ctx: TroubleContext,
  trouble: Trouble,
  { ofWrites = false } = {},
): Promise<void> {
  const now = ctx.now()
  const probeAt = new Date(now.getTime() + (trouble.retryAfterMs ?? 0))
  const { isNew } = await recordServiceTrouble(ctx.db.fork(), { ...trouble, ofWrites, probeAt }, now)
  if (isNew) ctx.log.warn(trouble, 'service in trouble, will keep trying')
}

/**
 * Makes a call that changes something; its trouble is noted as one that no read can end. Throws what the call throws, even if
 * the trouble cannot be stored: only that error shows whether something may have been sent.
 */
export async function notingWrites<T>(ctx: TroubleContext, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble) await orLog(ctx, trouble.service, recordTrouble(ctx, trouble, { ofWrites: true }))
    throw error
  }
}

/** Reports the success of a probe (`passCircuit`). Never rejects: what the probe has changed must not seem to have failed. */
export async function recordProbe(
  ctx: TroubleContext,
  service: string,
  startedAt: Date,
  proof: Proof,
): Promise<void> {
  await orLog(ctx, service, recordRecovery(ctx, service, startedAt, proof))
}

async function orLog({ log }: TroubleContext, service: string, note: Promise<void>): Promise<void> {
  try {
    await note
  } catch (error) {
    log.warn({ service, err: messageOf(error) }, 'could not note whether a service is in trouble')
  }
}

/**
 * What a call that passed proves: a read without a login says nothing about our account, and no read says anything about
 * calls that change something.
 */
const PROOFS = {
  'anonymous read': { blames: ['service'], writes: false },
  read: { blames: ['service', 'account'], writes: false },
  write: { blames: ['service', 'account'], writes: true },
} as const
export type Proof = keyof typeof PROOFS

/** Ends the trouble of a service that has just worked for a call begun at `startedAt`; failures since then keep it. */
export async function recordRecovery(
  ctx: TroubleContext,
  service: string,
  startedAt: Date,
  proof: Proof,
): Promise<void> {
  const em = ctx.db.fork()
  const [ended] = await endServiceTrouble(em, service, PROOFS[proof], startedAt)
  if (!ended) return
  const waiting = await countWaiting(em, service)
  const lasted = durationText(ctx.now().getTime() - ended.since.getTime())
  ctx.log.info(
    { service, waiting, since: ended.since },
    `${service} is back after ${lasted}, ${amount(waiting, 'job')} waiting`,
  )
}

/** Whether a service itself is in trouble, apart from our account there. */
export async function isServiceInTrouble({ db }: TroubleContext, service: string): Promise<boolean> {
  const troubles = await serviceTroubles(db.fork())
  return troubles.some((row) => row.service === service && row.blame === 'service')
}

/**
 * The circuit before calls that change something: while the service is in trouble, one caller at a time gets through
 * to probe it. @returns whether the caller is that probe and has to report its success
 * @throws ServiceInTrouble for all others
 */
export async function passCircuit(ctx: TroubleContext, service: string): Promise<boolean> {
  const em = ctx.db.fork()
  const trouble = (await serviceTroubles(em)).find((row) => row.service === service)
  if (!trouble) return false
  const now = ctx.now()
  const pause = pauseMs(now.getTime() - trouble.since.getTime())
  if (await takeProbe(em, service, now, new Date(now.getTime() + pause))) return true
  const { blame, detail, probeAt } = trouble
  throw new ServiceInTrouble(
    { service, blame, detail },
    Math.max(MIN_PAUSE_MS, probeAt.getTime() - now.getTime()),
  )
}

/** `4 min 10 s`, for a person. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
