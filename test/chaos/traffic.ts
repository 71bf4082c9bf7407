/** The messages of a busy bus, determined by a seed: most are irrelevant, some arrive twice, some late, some are malformed. */
import { seededRandom } from '../../lab/seeded-random.ts'
import { resultJson } from '../../lab/services/resultsdb/answers.ts'
import { addResult } from '../../lab/services/resultsdb/state.ts'
import { waiverJson } from '../../lab/services/waiverdb/answers.ts'
import { addWaiver } from '../../lab/services/waiverdb/state.ts'
import type { World } from '../../lab/world.ts'
import { STATUS_TOPIC, statusBody, taskBody } from '../support/bus/messages.ts'
import { CRITICAL } from '../support/gate/builders.ts'
import { createDistinctTimes } from '../support/gate/distinct-times.ts'
import type { Incoming } from './publisher.ts'

/** The state in which the row of a message must end. */
export type RowEnd = 'done' | 'ignored' | 'failed'
type Made = { topic: string; body: unknown }
type Kind = { weight: number; end: RowEnd; make: (maker: Maker) => Made }
type Maker = {
  n: number
  world: World
  random: () => number
  subjects: readonly string[]
  time: () => string
}

const TASKS = 'VirtualTopic.eng.brew.task'
const OUTCOMES = ['PASSED', 'PASSED', 'PASSED', 'FAILED', 'FAILED', 'ERROR', 'INFO']
const [TWICE_SHARE, LATE_SHARE] = [0.05, 0.01]
/** A late message is sent after this many others. */
const LATE_BY = 50

const KINDS: readonly Kind[] = [
  {
    weight: 60,
    end: 'ignored',
    make: ({ n }) => ({ topic: 'VirtualTopic.eng.repo.build.signed', body: { build: n, key: 'abcd' } }),
  },
  {
    weight: 17,
    end: 'ignored',
    make: ({ n }) => ({ topic: `${TASKS}.open`, body: taskBody(n + 1, 'OPEN') }),
  },
  // Tasks of another account: their ids are never those of our tasks.
  {
    weight: 8,
    end: 'ignored',
    make: ({ n }) => ({ topic: `${TASKS}.closed`, body: taskBody(900_000_000 + n, 'CLOSED') }),
  },
  { weight: 5, end: 'ignored', make: ({ n }) => ({ topic: STATUS_TOPIC, body: statusBody(n + 1, 'QE') }) },
  { weight: 3, end: 'failed', make: ({ n }) => ({ topic: STATUS_TOPIC, body: `{"errata_id": ${n}, ` }) },
  { weight: 2, end: 'failed', make: ({ n }) => ({ topic: `${TASKS}.failed`, body: { info: [n] } }) },
  // On separate subjects: while a test runs, the decision over HTTP is ahead of what was published.
  {
    weight: 2,
    end: 'ignored',
    make: (maker) => resultOf(maker, `${pick(maker, maker.subjects)}.running`, 'RUNNING'),
  },
  {
    weight: 2.5,
    end: 'done',
    make: (maker) => resultOf(maker, pick(maker, maker.subjects), pick(maker, OUTCOMES)),
  },
  { weight: 0.5, end: 'done', make: waiver },
]
const TOTAL = KINDS.reduce((sum, { weight }) => sum + weight, 0)

/** A source of messages. */
export type Traffic = {
  /** Creates the next message, and sends what is due: it, a copy of it, and late messages. */
  next(): void
  /** Sends what was held back. */
  flush(): void
  /** How the row of each message must end, by the number in its id. */
  ends: readonly RowEnd[]
  subjects: readonly string[]
}

/** The id of the message with this number. */
export const messageIdOf = (n: number) => `chaos-${n}`

/** Results and waivers are stored in the world before their messages are sent. */
export function createTraffic(
  world: World,
  { seed, subjects }: { seed: number; subjects: number },
  send: (message: Incoming) => void,
): Traffic {
  const random = seededRandom(seed)
  const names = Array.from({ length: subjects }, (_none, n) => `package-${n}-1.0-1.fc26`)
  const ends: RowEnd[] = []
  const late: { message: Incoming; at: number }[] = []
  const time = createDistinctTimes(random, 100)
  return {
    ends,
    subjects: names,
    next() {
      const n = ends.length
      const kind = kindAt(random() * TOTAL)
      const { topic, body } = kind.make({ n, world, random, subjects: names, time })
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const message = { topic, body: text, messageId: messageIdOf(n) }
      ends.push(kind.end)
      if (random() < LATE_SHARE) late.push({ message, at: n + LATE_BY })
      else send(message)
      if (random() < TWICE_SHARE) send(message)
      const due = late.findLastIndex(({ at }) => at <= n) + 1
      for (const { message } of late.splice(0, due)) send(message)
    },
    flush: () => {
      for (const { message } of late.splice(0)) send(message)
    },
  }
}

function kindAt(place: number): Kind {
  let sum = 0
  const found = KINDS.find(({ weight }) => {
    sum += weight
    return place < sum
  })
  return found ?? (KINDS[0] as Kind) // never empty
}

function resultOf(maker: Maker, subject: string, outcome: string): Made {
  const { world, time } = maker
  const data = { item: [subject], type: ['koji_build'] }
  const fields = { testCase: pick(maker, CRITICAL), outcome, data, submittedAt: time() }
  const body = resultJson(world.resultsDb, 'http://resultsdb', addResult(world.resultsDb, fields))
  return { topic: 'VirtualTopic.eng.resultsdb.result.new', body }
}

function waiver(maker: Maker): Made {
  const fields = {
    subjectType: 'koji_build',
    subjectIdentifier: pick(maker, maker.subjects),
    testCase: pick(maker, CRITICAL),
    productVersion: 'fedora-26',
    waived: maker.random() < 0.7,
    givenAt: maker.time(),
  }
  const body = waiverJson(addWaiver(maker.world.waiverDb, fields))
  return { topic: 'VirtualTopic.eng.waiverdb.waiver.new', body }
}

function pick<T>({ random }: Maker, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T // never empty
}
