/** Faults on demand: makes a service fail in the ways the real ones do. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import type { FaultKind, FaultRule, Service } from './fault-rule.ts'
import { count, type World } from './world.ts'

type SharedKind = Exclude<FaultKind, 'offline' | 'refuse' | 'redirect' | 'mongo-timeout'>
type Action = (c: Context, rule: FaultRule, next: () => Promise<void>) => Promise<Response | undefined>

/** What the kinds do that all services share; the rest are handled by the service they belong to. */
const ACTIONS: Readonly<Record<SharedKind, Action>> = {
  unavailable: async (c) => c.text('Service Unavailable\n', 503),
  broken: async (c) => c.text('Internal Server Error\n', 500),
  unauthorized: async (c) => c.text('Unauthorized\n', 401, { 'WWW-Authenticate': 'Negotiate' }),
  rubbish: async (c) => c.html('<html><body>It works!</body></html>'),
  hang: async (c) => {
    await new Promise((resolve) => socketOf(c).once('close', resolve))
    return RESPONSE_ALREADY_SENT
  },
  drop: async (c) => {
    socketOf(c).destroy()
    return RESPONSE_ALREADY_SENT
  },
  'drop-after-commit': async (c, _rule, next) => {
    await next()
    socketOf(c).destroy()
    c.res = RESPONSE_ALREADY_SENT
    return undefined
  },
  slow: async (_c, rule, next) => {
    await new Promise((resolve) => setTimeout(resolve, rule.delayMs ?? 1000))
    await next()
    return undefined
  },
}

/**
 * Counts every request and applies the faults that are set for it.
 * `operationsOf` names what is requested; the first name is the one that is counted.
 */
export function withFaults(
  world: World,
  service: Service,
  operationsOf: (c: Context) => Promise<string[]>,
): MiddlewareHandler {
  return async (c, next) => {
    const operations = await operationsOf(c)
    count(world.requests, `${service} ${operations[0] ?? '?'}`)
    const rule = takeFault(world, service, operations, isShared)
    if (!rule || !isShared(rule.kind)) return next()
    world.log(`${service}: fault ${rule.kind} on ${operations.join(', ')}`)
    return ACTIONS[rule.kind](c, rule, next)
  }
}

/** The first matching rule, with its remaining count reduced by one; undefined when no fault applies. */
export function takeFault(
  world: World,
  service: Service,
  operations: readonly string[],
  matches: (kind: FaultKind, rule: FaultRule) => boolean,
): FaultRule | undefined {
  const rule = world.faults.find(
    (candidate) =>
      candidate.service === service &&
      (candidate.operation === undefined || operations.includes(candidate.operation)) &&
      (candidate.times === undefined || candidate.times > 0) &&
      (candidate.until === undefined || world.now() < candidate.until) &&
      matches(candidate.kind, candidate),
  )
  if (rule?.times !== undefined) rule.times -= 1
  return rule
}

function isShared(kind: FaultKind): kind is SharedKind {
  return Object.hasOwn(ACTIONS, kind)
}

/** The operation of a plain HTTP service: verb and path with `:id` for numbers, e.g. `GET /advisory/:id.json`. */
export async function verbAndPath(c: Context): Promise<string[]> {
  return [`${c.req.method} ${c.req.path.replace(/\/\d+(?=\.|\/|$)/g, '/:id')}`]
}

function socketOf(c: Context): {
  destroy: () => void
  once: (event: 'close', then: (x: unknown) => void) => void
} {
  return c.env.incoming.socket
}
