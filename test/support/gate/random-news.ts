/** Random results and waivers of many subjects, whose messages arrive late, reordered and some of them twice. */
import { announceResult, announceWaiver } from '../../../lab/news.ts'
import { seededRandom } from '../../../lab/seeded-random.ts'
import { resultJson } from '../../../lab/services/resultsdb/answers.ts'
import { addResult } from '../../../lab/services/resultsdb/state.ts'
import { waiverJson } from '../../../lab/services/waiverdb/answers.ts'
import { addWaiver } from '../../../lab/services/waiverdb/state.ts'
import type { World } from '../../../lab/world.ts'
import { CRITICAL } from './builders.ts'
import { createDistinctTimes } from './distinct-times.ts'

type Publish = World['bus']['publish']
type Held = { topic: string; body: string; messageId: string }

const OUTCOMES = ['PASSED', 'PASSED', 'PASSED', 'FAILED', 'FAILED', 'ERROR', 'INFO', 'RUNNING'] as const
const WAIVER_SHARE = 0.15
const REVOKED_SHARE = 0.3
const TWICE_SHARE = 0.05
const MAX_HELD = 40

/** News determined by a seed. `random` continues the same sequence of numbers. */
export type RandomNews = {
  random: () => number
  /** Adds a result or a waiver; its message, or others before it, may be published now. */
  happen(): void
  /** Publishes what is still held back, in a random order. */
  release(): void
  /** How many different messages were published. */
  sent(): number
}

/** `nvrs` are the subjects. No test is left running at the end: a result that has not ended publishes nothing. */
export function randomNews(world: World, nvrs: readonly string[], seed: number): RandomNews {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T // never empty
  const nextTime = createDistinctTimes(random, 3000)
  const publish: Publish = world.bus.publish
  const held: Held[] = []
  let made = 0
  let sent = 0
  world.bus.publish = (topic, body) => {
    made += 1
    held.push({ topic, body, messageId: `ID:news-${made}` })
  }
  const send = ({ topic, body, messageId }: Held) => {
    sent += 1
    publish(topic, body, { messageId })
    if (random() >= TWICE_SHARE) return
    // The sender repeats it, with the same id or as another message.
    const isSame = random() < 0.5
    if (!isSame) sent += 1
    publish(topic, body, { messageId: isSame ? messageId : `${messageId}-again` })
  }
  const releaseOne = () => {
    const [message] = held.splice(Math.floor(random() * held.length), 1)
    if (message) send(message)
  }
  const putResult = (nvr: string, testCase: string, outcome: string) => {
    const data = { item: [nvr], type: ['koji_build'] }
    const result = addResult(world.resultsDb, { testCase, outcome, data, submittedAt: nextTime() })
    announceResult(world, result, resultJson(world.resultsDb, 'http://resultsdb', result))
  }
  const putWaiver = (subjectIdentifier: string, testCase: string) => {
    const waived = random() >= REVOKED_SHARE
    const about = { subjectType: 'koji_build', subjectIdentifier, testCase, productVersion: 'fedora-26' }
    announceWaiver(world, waiverJson(addWaiver(world.waiverDb, { ...about, waived, givenAt: nextTime() })))
  }
  return {
    random,
    happen: () => {
      const [nvr, testCase, outcome] = [pick(nvrs), pick(CRITICAL), pick(OUTCOMES)]
      if (random() < WAIVER_SHARE) putWaiver(nvr, testCase)
      else {
        putResult(nvr, testCase, outcome)
        if (outcome === 'RUNNING') putResult(nvr, testCase, pick(['PASSED', 'FAILED']))
      }
      const releases = held.length > MAX_HELD ? 2 : pick([0, 1, 1, 2])
      for (let n = 0; n < releases; n += 1) releaseOne()
    },
    release: () => {
      while (held.length > 0) releaseOne()
    },
    sent: () => sent,
  }
}
