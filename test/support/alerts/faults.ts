/** One fault for each alert, in an order in which a single stage can go through all of them. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { storeForecasts } from '../../../src/db/queries/forecast/stored-forecasts.ts'
import { storeMissed, takeComparison } from '../../../src/db/queries/silence/advisory-watch.ts'
import { STATUS_TOPIC, statusBody } from '../bus/messages.ts'
import { readEvent } from '../database/events.ts'
import { eventually } from '../eventually.ts'
import { hubTasks } from '../lab/hub-tasks.ts'
import { ADVISORY } from '../rebuild/affected-images.ts'
import type { Stage } from './stage.ts'

/** `begin` causes the fault, `repeat` is repeated until the alert fires, `end` repairs it. */
export type Fault = {
  alert: string
  when: string
  begin?: (stage: Stage) => unknown
  repeat?: (stage: Stage) => Promise<unknown>
  end?: (stage: Stage) => unknown
}

const publishStatus = (stage: Stage, errataId: number) =>
  stage.world.bus.publish(STATUS_TOPIC, JSON.stringify(statusBody(errataId)), {
    messageId: `fault-${errataId}`,
  })

/** All faults, in this order. */
export const FAULTS: readonly Fault[] = [
  {
    alert: 'FreshwaveEventLoopBlocked',
    when: 'a process does not get the CPU',
    repeat: async ({ parts }) => {
      const pid = pidOf(parts.ingest.output())
      process.kill(pid, 'SIGSTOP')
      await sleep(800) // the time without CPU is the fault itself
      process.kill(pid, 'SIGCONT')
      await sleep(200)
    },
  },
  {
    alert: 'FreshwaveDecisionErrors',
    when: 'ResultsDB fails',
    begin: ({ world }) => world.lab.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 }),
    repeat: decide,
    end: clearFaults,
  },
  {
    alert: 'FreshwaveDecisionsSlow',
    when: 'ResultsDB is slow',
    begin: ({ world }) => world.lab.world.faults.push({ service: 'resultsdb', kind: 'slow', delayMs: 6000 }),
    repeat: (stage) => Promise.all([decide(stage), decide(stage), decide(stage)]),
    end: clearFaults,
  },
  {
    alert: 'FreshwavePoliciesNotUsed',
    when: 'a changed policy is invalid',
    begin: ({ policies }) => writeFileSync(join(policies, 'changed.yaml'), '--- !Policy\n42\n'),
    end: ({ policies }) => rmSync(join(policies, 'changed.yaml')),
  },
  {
    alert: 'FreshwaveMessagesFailed',
    when: 'a message is not JSON',
    begin: ({ world }) => world.bus.publish(STATUS_TOPIC, 'not JSON'),
  },
  {
    alert: 'FreshwaveChangedDecisionsFailed',
    when: 'a result arrives for a build that the hub does not know',
    begin: ({ world }) =>
      fetch(`${world.lab.urls.RESULTSDB_API_URL}/results`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          testcase: 't1',
          outcome: 'PASSED',
          data: { item: 'glibc-1.0-1.fc26', type: 'koji_build' },
        }),
      }),
  },
  {
    alert: 'FreshwaveTaskLimitReached',
    when: 'the only allowed task takes long',
    begin: async ({ world }) => {
      world.ship(ADVISORY)
      await eventually(
        () => hubTasks(world.lab).length,
        (tasks) => tasks > 3,
      )
    },
  },
  { alert: 'FreshwaveEventStandsStill', when: 'that task does not end' },
  {
    alert: 'FreshwaveEventOverdue',
    when: 'it should have ended long ago',
    begin: async ({ db }) => {
      const event = await readEvent(db, ADVISORY)
      const past = new Date(Date.now() - 60_000)
      const forecast = { eventId: event?.id ?? 0, p50: past, p90: past, workS: 0 }
      await storeForecasts(db.fork(), [forecast], { now: new Date(), share: 0.1 })
    },
  },
  {
    alert: 'FreshwaveListsSlow',
    when: 'the table of events is locked',
    repeat: ({ db, get }) =>
      db.transaction(async (em) => {
        await em.execute('lock table events in access exclusive mode')
        const answer = get('/api/2/events/')
        await em.execute('select pg_sleep(1.5)')
        return { answer }
      }),
  },
  {
    alert: 'FreshwaveUpstreamInTrouble',
    when: 'Koji answers 503',
    begin: ({ world }) => world.lab.world.faults.push({ service: 'koji', kind: 'status', status: 503 }),
    end: clearFaults,
  },
  {
    alert: 'FreshwaveAccountRefused',
    when: 'the Errata Tool refuses our login',
    begin: (stage) => {
      stage.world.lab.world.faults.push({ service: 'errata', kind: 'status', status: 401 })
      publishStatus(stage, 1)
    },
    end: clearFaults,
  },
  {
    alert: 'FreshwaveAdvisoriesMissed',
    when: 'the comparison has found an advisory without an event',
    begin: async ({ db }) => {
      const now = new Date()
      await takeComparison(db.fork(), now, now)
      await storeMissed(db.fork(), [{ id: 2, name: 'RHSA-2026:2', shippedAt: new Date(Date.now() + 60_000) }])
    },
  },
  { alert: 'FreshwaveBusSilent', when: 'no message about it arrived' },
  {
    alert: 'FreshwaveNotReceiving',
    when: 'the broker is down',
    begin: ({ world }) => world.bus.pause(),
  },
  {
    alert: 'FreshwaveMessagesNotSent',
    when: 'an event is canceled meanwhile',
    begin: async ({ db, send }) => {
      const event = await readEvent(db, ADVISORY)
      await send('PATCH', `/api/2/events/${event?.id}`, { action: 'cancel' })
    },
    end: ({ world }) => world.bus.restart(),
  },
  {
    alert: 'FreshwaveProcessDown',
    when: 'the only worker stops',
    begin: ({ parts }) => parts.worker.stop(),
  },
  { alert: 'FreshwaveNoWorker', when: 'no other worker runs' },
  {
    alert: 'FreshwaveQueueStandsStill',
    when: 'a message arrives meanwhile',
    begin: (stage) => publishStatus(stage, 3),
    end: ({ restart }) => restart('worker'),
  },
  {
    alert: 'FreshwaveWorkerSilent',
    when: 'a worker is killed',
    begin: async ({ parts, prometheus }) => {
      const known = () => prometheus.value('max(freshwave_worker_silent_seconds)')
      await eventually(known, (seconds) => seconds !== undefined) // otherwise it may never have given a sign of life
      await parts.worker.kill()
    },
  },
  {
    alert: 'FreshwaveDatabaseUnreachable',
    when: 'the connection to PostgreSQL is cut',
    begin: ({ proxy }) => proxy.cut(),
  },
  {
    alert: 'FreshwaveQueueStoreUnreachable',
    when: 'Redis is down',
    begin: ({ redis }) => redis.kill(),
  },
]

/** Each request is about a new subject, so that no answer comes from the cache. */
let subjects = 0

async function decide({ send }: Stage): Promise<void> {
  subjects += 1
  const subject = { subject_type: 'koji_build', subject_identifier: `glibc-1.0-${subjects}.fc26` }
  const request = { decision_context: 'judged', product_version: 'fedora-26', ...subject }
  await (await send('POST', '/api/v1.0/decision', request)).text()
}

function clearFaults({ world }: Stage): void {
  world.lab.world.faults.length = 0
}

function pidOf(output: string): number {
  return Number(/"pid":(\d+)/.exec(output)?.[1])
}
