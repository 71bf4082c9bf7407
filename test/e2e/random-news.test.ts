/**
 * Messages about results and waivers come late, twice and in any order while workers are killed: what is published about each
 * decision has no equal neighbors, misses no change between settled states, and ends with the decision over HTTP.
 * `NEWS=20000 SUBJECTS=500` makes it larger.
 */
import { expect, it, onTestFinished } from 'vitest'
import { startWeb } from '../../src/api/server.ts'
import { createTestContext } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import {
  comparable,
  type DecisionJson,
  type Published,
  publishedDecisions,
} from '../support/gate/published-decisions.ts'
import { randomNews } from '../support/gate/random-news.ts'
import { type Service, startService } from '../support/programs/service.ts'

const NEWS = Number(process.env['NEWS'] ?? 1000)
const SUBJECTS = Number(process.env['SUBJECTS'] ?? 50)
const ROUNDS = 5
const KILLS_OF_A_ROUND = 2
const CONTEXTS = ['bodhi_update_push_stable', 'bodhi_update_push_testing']
const DESTINATION = 'topic://VirtualTopic.eng.greenwave.decision.update'
/** These only end a test that hangs. */
const PATIENCE_MS = 240_000 + NEWS * 50

it(
  `the service publishes each change of a decision once (${NEWS} messages, ${SUBJECTS} subjects)`,
  async () => {
    const more = { POLICIES_DIR: 'conf/policies', DECISION_UPDATE_DESTINATION: DESTINATION }
    const service = await startService('redis', {}, more)
    onTestFinished(service.stop)
    const gate = await openGate(service)
    const nvrs = Array.from({ length: SUBJECTS }, (_, n) => `package-${n}-1.0-1.fc26`)
    const news = randomNews(service.world.lab.world, nvrs, 42)
    const initial = new Map(await gate.decisions(nvrs))
    for (let round = 1; round <= ROUNDS; round += 1) {
      const amount = Math.ceil(NEWS / ROUNDS)
      const kills = new Set(
        Array.from({ length: KILLS_OF_A_ROUND }, () => Math.floor(news.random() * amount)),
      )
      for (let n = 0; n < amount; n += 1) {
        news.happen()
        if (n % 10 === 0) await untilHandled(service, news.sent() - amount / 4)
        if (kills.has(n)) await service.restart('worker')
      }
      news.release()
      await untilSettled(service, news.sent())
      const published = publishedDecisions(service.world.bus.received(DESTINATION.replace('topic://', '')))
      expect(errorsIn(published)).toEqual([])
      for (const [pair, now] of await gate.decisions(nvrs)) {
        const last = published.get(pair)?.at(-1)?.decision ?? initial.get(pair)
        expect(`round ${round}, ${pair}: ${last}`).toBe(`round ${round}, ${pair}: ${now}`)
      }
    }
  },
  ROUNDS * PATIENCE_MS,
)

/** Equal neighbors, and changes that do not begin where the one before ended. */
function errorsIn(published: ReadonlyMap<string, Published[]>): string[] {
  return [...published].flatMap(([pair, changes]) =>
    changes.flatMap(({ previous, decision }, index) => {
      const before = changes[index - 1]?.decision ?? previous
      if (decision === previous) return [`${pair}: no change at ${index}`]
      return before === previous ? [] : [`${pair}: the change ${index} does not follow from the one before`]
    }),
  )
}

/** The decisions over HTTP, by subject and decision context. */
async function openGate(service: Service) {
  const { REDIS_URL: _queues, ...env } = service.env
  const ctx = await createTestContext({ ...env, PORT: '0', LOG_LEVEL: 'silent' })
  const web = await startWeb(ctx)
  onTestFinished(async () => {
    await web.stop()
    await ctx.close()
  })
  const decide = async (subject_identifier: string, decision_context: string) => {
    const about = { subject_type: 'koji_build', product_version: 'fedora-26' }
    const response = await fetch(`${web.url}/api/v1.0/decision`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...about, subject_identifier, decision_context }),
    })
    return comparable((await response.json()) as DecisionJson) // an answer of the gate
  }
  return {
    decisions: async (nvrs: readonly string[]) => {
      const all: [string, string][] = []
      for (const nvr of nvrs)
        for (const context of CONTEXTS) all.push([`${nvr} ${context}`, await decide(nvr, context)])
      return all
    },
  }
}

type Counts = { arrived: number; waiting: number; unsent: number; written: number }

async function countsOf({ db }: Service): Promise<Counts | undefined> {
  const [counts] = await db.fork().execute<Counts[]>(
    `select (select count(*)::int from inbox) as arrived,
            (select count(*)::int from inbox where state = 'new') as waiting,
            (select count(*)::int from outbox where published_at is null) as unsent,
            (select count(*)::int from outbox) as written`,
  )
  return counts
}

/** Keeps the backlog short, so that most messages do not wait for others. */
async function untilHandled(service: Service, amount: number): Promise<void> {
  await eventually(
    () => countsOf(service),
    (counts) => counts !== undefined && counts.arrived - counts.waiting >= amount,
    PATIENCE_MS,
  )
}

async function untilSettled(service: Service, sent: number): Promise<void> {
  await eventually(
    () => countsOf(service),
    (counts) => counts?.arrived === sent && counts.waiting === 0 && counts.unsent === 0,
    PATIENCE_MS,
  )
}
