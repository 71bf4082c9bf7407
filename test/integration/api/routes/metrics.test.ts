import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flushCounters, readCounters } from '../../../../src/db/counts/metric-counters.ts'
import { labelled } from '../../../../src/lib/metrics/counters.ts'
import { createMetrics } from '../../../../src/lib/metrics/metrics.ts'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'

const COUNTERS = [
  ...['messaging_rx', 'messaging_rx_ignored', 'messaging_rx_processed_ok', 'messaging_rx_failed'],
  ...['messaging_tx_to_send', 'messaging_tx_sent_ok', 'messaging_tx_failed'],
  ...['db_engine_connect', 'db_handle_error', 'db_transaction_rollback'],
  ...['done', 'failed', 'canceled'].map((state) => `freshmaker_artifact_build_${state}`),
  ...['complete', 'failed', 'skipped', 'canceled'].map((state) => `freshmaker_event_${state}`),
]

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

const scrape = async (path = '/metrics') => (await api.request(path)).text()
/** The value of a series; `series` includes its labels. */
function seriesIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

describe('metrics', () => {
  it('are also served at the path of the original, in the text format', async () => {
    const response = await api.request('/api/1/monitor/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect((await api.request('/api/2/monitor/metrics')).status).toBe(404)
  })

  it('include every counter of the original, with its creation time', async () => {
    const text = await scrape()
    expect(COUNTERS).toHaveLength(17)
    for (const name of COUNTERS) {
      expect(text).toContain(`# TYPE ${name}_total counter`)
      expect(text).toContain(`# TYPE ${name}_created gauge`)
      // The scrape itself opens connections.
      if (name !== 'db_engine_connect') expect(seriesIn(text, `${name}_total`)).toBe(0)
      expect(seriesIn(text, `${name}_created`)).toBeGreaterThan(1e9)
    }
  })

  it('include the resources of the process, under the usual names', async () => {
    const text = await scrape()
    const names = [
      'virtual_memory_bytes',
      'resident_memory_bytes',
      'start_time_seconds',
      'open_fds',
      'max_fds',
    ]
    for (const name of [...names, 'cpu_seconds_total'])
      expect(seriesIn(text, `process_${name}`)).toBeGreaterThan(0)
  })

  it('measure GET requests for events and builds, and no other requests', async () => {
    const before = await scrape()
    const began = performance.now()
    const event = await storeEvent(api.ctx.db)
    await api.request(`/api/1/events/${event}`)
    await api.request('/api/2/events/')
    await api.request('/api/1/builds/')
    await api.request('/api/1/pullspec_overrides/1')
    await api.request('/api/1/events/', { method: 'DELETE' })
    await api.request('/api/1/about/')
    const elapsedS = (performance.now() - began) / 1000
    const after = await scrape()
    const increase = (name: string) => (seriesIn(after, name) ?? 0) - (seriesIn(before, name) ?? 0)
    expect(increase('event_api_latency_count')).toBe(2)
    expect(increase('build_api_latency_count')).toBe(2)
    expect(after).toContain('# TYPE event_api_latency histogram')
    expect(after).toContain('# TYPE build_api_latency_created gauge')
    expect(increase('event_api_latency_sum')).toBeGreaterThan(0)
    expect(increase('event_api_latency_sum')).toBeLessThanOrEqual(elapsedS)
  })

  it('count the jobs of each queue', async () => {
    expect(seriesIn(await scrape(), 'freshwave_queue_jobs{queue="intake",state="waiting"}')).toBe(0)
    await api.ctx.queues.enqueue('intake', { inboxId: 1 })
    await api.ctx.queues.enqueue('intake', { inboxId: 2 }, { delayMs: 60_000 })
    api.ctx.jobCounts.renew() // else those of the last second
    const text = await scrape()
    expect(seriesIn(text, 'freshwave_queue_jobs{queue="intake",state="waiting"}')).toBe(1)
    expect(seriesIn(text, 'freshwave_queue_jobs{queue="intake",state="delayed"}')).toBe(1)
  })

  it('measure jobs and upstream calls', async () => {
    api.ctx.metrics.job('plan', 'done', 0.2)
    api.ctx.metrics.call('koji', 'ok', 0.1)
    const text = await scrape()
    expect(seriesIn(text, 'freshwave_job_duration_seconds_count{queue="plan",outcome="done"}')).toBe(1)
    expect(seriesIn(text, 'freshwave_upstream_duration_seconds_sum{service="koji",outcome="ok"}')).toBe(0.1)
  })
})

describe('counters', () => {
  it('are summed over all processes, however often they are scraped', async () => {
    const second = { db: api.ctx.db, metrics: createMetrics() }
    api.ctx.metrics.count('messaging_rx')
    api.ctx.metrics.count('messaging_rx', 2)
    second.metrics.count('messaging_rx', 10)
    expect(seriesIn(await scrape(), 'messaging_rx_total')).toBe(3)
    await flushCounters(second)
    await flushCounters(second)
    expect(seriesIn(await scrape(), 'messaging_rx_total')).toBe(13)
    expect(seriesIn(await scrape(), 'messaging_rx_total')).toBe(13)
    expect((await readCounters(second)).get('messaging_rx')?.value).toBe(13)
  })

  it('have a series for each combination of labels', async () => {
    const changed = labelled('decision_changed', { handler: 'waiverdb', decision_context: 'a "b" c' })
    api.ctx.metrics.count(changed, 2)
    api.ctx.metrics.count(labelled('decision_changed', { decision_context: 'd', handler: 'resultsdb' }))
    const text = await scrape()
    expect(seriesIn(text, 'decision_changed_total{decision_context="a \\"b\\" c",handler="waiverdb"}')).toBe(
      2,
    )
    expect(seriesIn(text, 'decision_changed_total{decision_context="d",handler="resultsdb"}')).toBe(1)
    expect(
      seriesIn(text, 'decision_changed_created{decision_context="d",handler="resultsdb"}'),
    ).toBeGreaterThan(1e9)
  })

  it('lose nothing when many processes store them concurrently', async () => {
    const processes = Array.from({ length: 8 }, () => ({ db: api.ctx.db, metrics: createMetrics() }))
    const work = processes.map(async (process, n) => {
      for (let round = 0; round < 10; round++) {
        process.metrics.count(n % 2 ? 'messaging_tx_sent_ok' : 'messaging_tx_failed')
        process.metrics.count(n % 2 ? 'messaging_tx_failed' : 'messaging_tx_sent_ok')
        await flushCounters(process)
      }
    })
    await Promise.all(work)
    const sums = await readCounters(api.ctx)
    expect(sums.get('messaging_tx_sent_ok')?.value).toBe(80)
    expect(sums.get('messaging_tx_failed')?.value).toBe(80)
  })

  it('are stored later when the database is unavailable, and nothing is counted twice', async () => {
    const metrics = createMetrics()
    metrics.count('freshmaker_event_complete', 4)
    const unavailable = {
      ...api.ctx.db,
      fork: () => {
        throw new Error('gone')
      },
    }
    await expect(flushCounters({ db: unavailable, metrics })).rejects.toThrow('gone')
    metrics.count('freshmaker_event_complete')
    await flushCounters({ db: api.ctx.db, metrics })
    expect(seriesIn(await scrape(), 'freshmaker_event_complete_total')).toBe(5)
  })

  it('keep their creation time', async () => {
    api.ctx.metrics.count('db_handle_error')
    const first = seriesIn(await scrape(), 'db_handle_error_created')
    api.ctx.metrics.count('db_handle_error')
    expect(seriesIn(await scrape(), 'db_handle_error_created')).toBe(first)
  })

  it('keep their values when the database does not answer a scrape', async () => {
    api.ctx.metrics.count('freshmaker_event_failed')
    expect(seriesIn(await scrape(), 'freshmaker_event_failed_total')).toBe(1)
    const { fork } = api.ctx.db
    api.ctx.db.fork = () => {
      throw new Error('gone')
    }
    try {
      expect(seriesIn(await scrape(), 'freshmaker_event_failed_total')).toBe(1)
    } finally {
      api.ctx.db.fork = fork
    }
  })
})
