/** Faults on demand: makes a service fail in the ways the real ones do, and lets tests change its answers. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import type { FAULT_KINDS, FaultKind, FaultRule, SERVICES, Service } from './fault-rule.ts'
import { mutateAnswer } from './mutate.ts'
import { count, type World } from './world.ts'

type SharedKind = {
  [Kind in FaultKind]: (typeof FAULT_KINDS)[Kind] extends typeof SERVICES ? Kind : never
}[FaultKind]
type Action = (c: Context, rule: FaultRule, carryOut: () => Promise<void>) => Promise<void>

/** Not text in UTF-8, and so not JSON or XML either. */
const GARBAGE = Uint8Array.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x80, 0x1b, 0x7f])

/** The kinds that all services share; the others are implemented by the services that have them. */
const ACTIONS: Readonly<Record<SharedKind, Action>> = {
  status: instead((_c, { status = 503, text = `${STATUS_CODES[status]}\n` }) => {
    const headers = {
      'Content-Type': 'text/plain',
      ...(status === 401 && { 'WWW-Authenticate': 'Negotiate' }),
    }
    return new Response(text, { status, headers })
  }),
  garbage: instead((_c, { text }) => new Response(text ?? GARBAGE)),
  empty: instead(() => new Response('')),
  reset: instead(breakConnection),
  hang: instead(async (c) => {
    await new Promise((resolve) => socketOf(c).once('close', resolve))
    return RESPONSE_ALREADY_SENT
  }),
  half: async (c, _rule, carryOut) => {
    await carryOut()
    setAnswer(c, await sendHalf(c, c.res))
  },
  slow: async (_c, { delayMs = 1000 }, carryOut) => {
    await sleep(delayMs)
    await carryOut()
  },
  late: async (c, { delayMs = 1000 }, carryOut) => {
    // Hono keeps the body for the handler; it could not be read from a broken connection.
    await c.req.arrayBuffer()
    breakConnection(c)
    await sleep(delayMs)
    await carryOut()
    setAnswer(c, RESPONSE_ALREADY_SENT)
  },
}

/**
 * Counts every request, applies the faults that are set for it, and lets `world.mutate` change the answer.
 * `operationsOf` names what is requested; the first name is the one that is counted.
 */
export function withFaults(
  world: World,
  service: Service,
  operationsOf: (c: Context) => Promise<string[]>,
): MiddlewareHandler {
  return async (c, next) => {
    const operations = await operationsOf(c)
    const [operation = '?'] = operations
    count(world.requests, `${service} ${operation}`)
    count(world.requestContents, [service, operation, ...operations.slice(1).sort()].join(' '))
    const carryOut = async () => {
      await next()
      if (world.mutate) setAnswer(c, await mutateAnswer(world.mutate, service, operation, c.res))
    }
    const rule = takeFault(world, service, operations, ({ kind }) => isShared(kind))
    if (!rule || !isShared(rule.kind)) return carryOut()
    world.log(`${service}: fault ${rule.kind} on ${[...new Set(operations)].join(', ')}`)
    await ACTIONS[rule.kind](c, rule, carryOut)
  }
}

/** The first matching rule, with its remaining count reduced by one; undefined when no fault applies. */
export function takeFault(
  world: World,
  service: Service,
  operations: readonly string[],
  matches: (rule: FaultRule) => boolean,
): FaultRule | undefined {
  const rule = world.faults.find(
    (candidate) =>
      candidate.service === service &&
      (candidate.operation === undefined || operations.includes(candidate.operation)) &&
      !candidate.except?.some((operation) => operations.includes(operation)) &&
      (candidate.times === undefined || candidate.times > 0) &&
      (candidate.until === undefined || world.now() < candidate.until) &&
      matches(candidate),
  )
  if (rule?.times !== undefined) rule.times -= 1
  return rule
}

/**
 * The operations of a plain HTTP service: verb and path, once with `:id` for numbers (`GET /advisory/:id.json`) and once
 * unchanged, so that a rule can select one advisory or one compose.
 */
export async function verbAndPath(c: Context): Promise<string[]> {
  const { method, path } = c.req
  return [`${method} ${path.replace(/(?<!\/api)\/\d+(?=\.|\/|$)/g, '/:id')}`, `${method} ${path}`]
}

function isShared(kind: FaultKind): kind is SharedKind {
  return Object.hasOwn(ACTIONS, kind)
}

/** An answer that replaces the correct one, before or after the request is carried out. */
function instead(answer: (c: Context, rule: FaultRule) => Response | Promise<Response>): Action {
  return async (c, rule, carryOut) => {
    if (rule.stage === 'after') await carryOut()
    setAnswer(c, await answer(c, rule))
  }
}

function setAnswer(c: Context, answer: Response): void {
  // Otherwise Hono would merge the headers of the previous answer into this one.
  c.res = undefined
  c.res = answer
}

function breakConnection(c: Context): Response {
  socketOf(c).destroy()
  return RESPONSE_ALREADY_SENT
}

async function sendHalf(c: Context, answer: Response): Promise<Response> {
  const body = Buffer.from(await answer.arrayBuffer())
  const outgoing: ServerResponse = c.env.outgoing
  outgoing.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    'content-length': body.length,
  })
  outgoing.write(body.subarray(0, body.length / 2), () => socketOf(c).destroy())
  return RESPONSE_ALREADY_SENT
}

function socketOf(c: Context): Socket {
  return c.env.incoming.socket
}
