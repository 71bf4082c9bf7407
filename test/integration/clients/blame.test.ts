/** Checks what every failure of every call is taken for, over real sockets: about the thing, the service, or our account. */
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../lab/fault-rule.ts'
import type { Clients } from '../../../src/clients/index.ts'
import { type Blame, OutcomeUnknown, troubleOf, UpstreamError } from '../../../src/lib/errors.ts'
import { XmlRpcFault } from '../../../src/lib/xmlrpc/index.ts'
import { labForTest } from '../../support/lab/lab.ts'
import { DEAD_URL } from '../../support/servers/http-server.ts'
import { CALLS, type CallRow, NVRS } from '../../support/trouble/calls.ts'
import { clientsOf } from '../../support/trouble/clients.ts'

/** `address`: about the thing where the address names it, else about the service. Everything else is the service's. */
const STATUSES: Readonly<Record<number, Blame | 'address'>> = {
  ...same('service', [300, 301, 302, 303, 305, 307, 308]),
  ...same('thing', [400, 402, 406, 409, 411, 412, 413, 414, 415, 416, 417, 418, 422, 423, 424, 428, 431]),
  ...same('account', [401, 403, 407]),
  ...same('address', [404, 410]),
  ...same('service', [405, 408, 421, 425, 426, 429, 451]),
  ...same('service', [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511]),
  ...same('service', [520, 521, 522, 523, 524, 525, 526, 530, 599]),
}

/** Statuses for which the body makes a difference. */
const OF_THINGS = [403, 404, 410]

/** Faults of Koji (behaviour/koji 8) and numbers that are not in its table, whose meaning is uncertain. */
const FAULTS: Readonly<Record<number, Blame>> = {
  ...same('thing', [1000, 1003, 1005, 1010, 1011, 1013, 1015, 1018, 1019, 1020, 1022, 1024, 2001, 2002]),
  ...same('service', [1, 1001, 1009, 1012, 1014, 1016, 1017, 1021]),
  ...same('account', [1002, 1004, 1006, 1007, 1008, 1023]),
  ...same('service', [-32_500, 0, 2, 999, 1025, 2003, 9999]),
}

const BROKEN: readonly Omit<FaultRule, 'service'>[] = [
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'half' },
  { kind: 'garbage' },
  { kind: 'garbage', text: '<html><body>We are down for maintenance.</body></html>' },
  { kind: 'garbage', text: '{"truncated": ' },
  { kind: 'empty' },
]

describe.each(CALLS.filter(({ refusal }) => refusal))('$service: $name, in its own words', (row) => {
  it('classifies each HTTP status of a thing', async () => {
    const { seen } = await caseFor(row)
    const text = JSON.stringify(row.refusal)
    const found: [number, string][] = []
    for (const status of OF_THINGS) found.push([status, await seen({ kind: 'status', status, text })])
    expect(found).toEqual(OF_THINGS.map((status) => [status, expectedOf(row, status, true)]))
  })
})

describe.each(CALLS)('$service: $name', (row) => {
  it('classifies each HTTP status', async () => {
    const { seen } = await caseFor(row)
    const statuses = Object.keys(STATUSES).map(Number)
    const found: [number, string][] = []
    for (const status of statuses) found.push([status, await seen({ kind: 'status', status })])
    expect(found).toEqual(statuses.map((status) => [status, expectedOf(row, status)]))
  })

  it('blames the service for an answer that does not come, or comes broken in any way', async () => {
    const { seen } = await caseFor(row)
    const found: [string, string][] = []
    for (const fault of BROKEN) found.push([JSON.stringify(fault), await seen(fault)])
    expect(found).toEqual(BROKEN.map((fault) => [JSON.stringify(fault), 'service']))
  })

  it('blames the service for an address that refuses connections, or that does not resolve', async () => {
    const { lab } = await caseFor(row)
    for (const url of [DEAD_URL, 'http://service.invalid']) {
      const urls = Object.fromEntries(
        Object.entries(lab.urls).map(([name, text]) => [
          name,
          row.service === 'jira' && name !== 'JIRA_URL' ? text : url,
        ]),
      ) as typeof lab.urls // the same keys
      const clients = clientsOf({ ...urls, REMOTE_RULE_POLICIES: lab.urls.REMOTE_RULE_POLICIES })
      expect(await blameOf(row, clients, lab.world)).toBe('service')
    }
  })
})

/** JSON, but none that the service ever answers with: it comes from something in front of it. */
const OTHER_SHAPES = [
  '{"message":"Down for maintenance."}',
  'null',
  '"Down for maintenance."',
  '7',
  '{"data":7}',
]

const listReads = CALLS.filter(
  ({ service, address, effect }) => address === 'fixed' && service !== 'koji' && effect !== 'write',
)

describe.each(listReads)('$service: $name', (row) => {
  it('blames the service for an answer that has another shape as a whole', async () => {
    const { seen } = await caseFor(row)
    const found: [string, string][] = []
    for (const text of OTHER_SHAPES) found.push([text, await seen({ kind: 'garbage', text })])
    expect(found).toEqual(OTHER_SHAPES.map((text) => [text, 'service']))
  })
})

const ofHub = CALLS.filter(({ service, address }) => service === 'koji' && address === 'fixed')

describe.each(ofHub)('koji: $name', (row) => {
  it('classifies each fault of the whole request', async () => {
    const { seen } = await caseFor(row)
    expect(await byFault((code) => seen({ kind: 'fault', code }))).toEqual(
      row.isBulk ? withoutThings('service') : expectedFaults(row),
    )
  })

  it('classifies each fault of every call inside the request', async () => {
    const { seen } = await caseFor(row)
    expect(await byFault((code) => seen({ kind: 'call-fault', code }))).toEqual(expectedFaults(row))
  })
})

describe('of two builds requested at once, a fault about one', () => {
  const [odd] = NVRS
  const argument = { kind: 'call-fault' as const, operation: 'getBuild', argument: odd }

  it.each([
    ['many builds', (clients: Required<Clients>) => clients.koji.getBuilds(NVRS)],
    [
      'sources of builds',
      (clients: Required<Clients>) =>
        clients.koji.buildSources(NVRS, { imageExtraRepo: {}, supplyArchOverrides: false }),
    ],
  ])(
    'costs only that one when it is about the thing, and is never taken for a fact else: %s',
    async (name, call) => {
      const { seen } = await caseFor({ service: 'koji', name, address: 'fixed', call })
      const found = await byFault((code) => seen({ ...argument, code }))
      expect(found).toEqual(expectedFaults({ faultAnswers: 'thing' }))
    },
  )
})

/** A lab and what a row's call comes to in it while a fault lasts. */
async function caseFor(row: CallRow) {
  const lab = await labForTest()
  const patient = clientsOf(lab.urls)
  const seen = async (fault: Omit<FaultRule, 'service'>) => {
    // Impatient only where no answer comes: a busy machine must not turn a late answer into a missing one.
    const clients = fault.kind === 'hang' ? clientsOf(lab.urls, 0.2) : patient
    const { service, operation } = row
    lab.world.faults.splice(0, Infinity, { service, ...(operation && { operation }), ...fault })
    const blame = await blameOf(row, clients, lab.world)
    lab.world.faults.length = 0
    return blame
  }
  return { lab, seen }
}

/** Why a call failed; `answer`: it did not fail. */
async function blameOf(
  { call }: CallRow,
  clients: Required<Clients>,
  world: Parameters<CallRow['call']>[1],
): Promise<string> {
  try {
    await call(clients, world)
    return 'answer'
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble) return trouble.blame
    if (error instanceof UpstreamError || error instanceof XmlRpcFault) return 'thing'
    if (error instanceof OutcomeUnknown) return `unknown: ${error.message}`
    return error instanceof Error && error.name === 'NotVerifiable' ? 'answer' : String(error)
  }
}

/** `isOwn`: the body is the service's own, and not a page of a proxy. */
function expectedOf(
  { address, answers = [], hidden, refusal, logsIn }: CallRow,
  status: number,
  isOwn = refusal === undefined,
): string {
  const row = STATUSES[status]
  const isOfThing = address === 'thing' && isOwn
  const blame = row === 'address' ? (isOfThing ? 'thing' : 'service') : row
  if (logsIn && blame === 'thing') return 'account'
  const isAnswer = answers === 'thing' ? blame === 'thing' : blame === 'thing' && answers.includes(status)
  return isAnswer || (status === hidden && isOwn) ? 'answer' : (blame ?? 'service')
}

function withoutThings(blame: Blame): Record<number, string> {
  return Object.fromEntries(
    Object.entries(FAULTS).map(([code, row]) => [code, row === 'thing' ? blame : row]),
  )
}

function expectedFaults({
  faultAnswers = [],
  logsIn,
}: Pick<CallRow, 'faultAnswers' | 'logsIn'>): Record<number, string> {
  if (logsIn) return withoutThings('account')
  const isAnswer = (code: number, blame: Blame) =>
    faultAnswers === 'thing' ? blame === 'thing' : faultAnswers.includes(code)
  return Object.fromEntries(
    Object.entries(FAULTS).map(([code, blame]) => [code, isAnswer(Number(code), blame) ? 'answer' : blame]),
  )
}

async function byFault(seen: (code: number) => Promise<string>): Promise<Record<number, string>> {
  const found: Record<number, string> = {}
  for (const code of Object.keys(FAULTS).map(Number)) found[code] = await seen(code)
  return found
}

function same<T>(value: T, numbers: readonly number[]): Record<number, T> {
  return Object.fromEntries(numbers.map((number) => [number, value]))
}
