/** The four Grafana dashboards: rebuilds, gate, bus and queues, outside services. */
import type { Board, Panel } from './dashboard-panels.ts'

const EACH = '$__rate_interval'
/**
 * The rate of a sum that every process reports (docs/metrics.md). Grouped by the labels of the counter, since Prometheus may add
 * labels besides `instance` to a process, such as `pod`.
 */
const rateOfSum = (name: string, ...by: string[]) => {
  const once = `(max by (decision_context, handler) (rate(${name}[${EACH}])))`
  return by.length === 0 ? `sum${once}` : `sum by (${by.join(', ')}) ${once}`
}
/** The value below which this share of the values of a histogram is. */
const quantile = (share: number, name: string, ...by: string[]) =>
  `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (rate(${name}_bucket[${EACH}])))`

type Rest = [unit: Panel['unit'], description: string, queries: Panel['queries']]
const panelOf =
  (kind: Panel['kind']) =>
  (title: string, ...[unit, description, queries]: Rest): Panel => ({
    title,
    description,
    kind,
    unit,
    queries,
  })
const stat = panelOf('stat')
const series = panelOf('series')

const rebuilds: Board = {
  uid: 'freshwave-rebuilds',
  title: 'Freshwave: rebuilds',
  description: 'Events, builds and tasks in the build system.',
  panels: [
    stat('Tasks in flight', 'short', 'Tasks in the build system, including submissions in progress.', {
      tasks: 'sum(max by (target) (freshwave_tasks_in_flight))',
    }),
    stat('Missed advisories', 'short', 'Shipped advisories without an event.', {
      advisories: 'max(freshwave_missed_advisories)',
    }),
    stat(
      'Behind the forecast',
      's',
      'The open event that is furthest behind its first forecast after a tenth of its work.',
      {
        overdue: 'max(freshwave_event_overdue_seconds)',
      },
    ),
    stat('Without progress', 's', 'The open event in which no task has begun or ended for longest.', {
      still: 'max(freshwave_event_still_seconds)',
    }),
    series('Builds that ended', 'reqps', 'Per second, by how they ended.', {
      done: rateOfSum('freshmaker_artifact_build_done_total'),
      failed: rateOfSum('freshmaker_artifact_build_failed_total'),
      canceled: rateOfSum('freshmaker_artifact_build_canceled_total'),
    }),
    series('Events that ended', 'reqps', 'Per second, by how they ended.', {
      complete: rateOfSum('freshmaker_event_complete_total'),
      failed: rateOfSum('freshmaker_event_failed_total'),
      skipped: rateOfSum('freshmaker_event_skipped_total'),
      canceled: rateOfSum('freshmaker_event_canceled_total'),
    }),
    series('Tasks by target', 'short', 'With their limits, if there are any.', {
      '{{target}}': 'max by (target) (freshwave_tasks_in_flight)',
      'limit of {{of}}': 'max by (of) (freshwave_tasks_in_flight_limit)',
    }),
    series('Oldest build that could start', 's', 'How long a build has waited for a slot.', {
      'ready build': 'max(freshwave_oldest_due_seconds{queue="submit"})',
    }),
    series(
      'Error of the forecasts',
      'percentunit',
      'As a share of the time that was left: half and nine tenths are better.',
      {
        half: quantile(0.5, 'freshwave_forecast_error'),
        'nine tenths': quantile(0.9, 'freshwave_forecast_error'),
      },
    ),
  ],
}

const gate: Board = {
  uid: 'freshwave-gate',
  title: 'Freshwave: gate',
  description: 'Requests for decisions, and decisions that results and waivers change.',
  panels: [
    stat('Decisions', 'reqps', 'Requests per second.', {
      requests: `sum(rate(decision_request_duration_seconds_count[${EACH}]))`,
    }),
    stat('Failed', 'percentunit', 'Share of requests that got an error instead of a decision.', {
      failed: `sum(rate(decision_request_duration_seconds_count{outcome="failed"}[${EACH}])) / sum(rate(decision_request_duration_seconds_count[${EACH}]))`,
    }),
    stat('Slowest twentieth', 's', '95 % take less.', {
      '95 %': quantile(0.95, 'decision_request_duration_seconds'),
    }),
    stat('From the cache', 'percentunit', 'Share of lookups that were found.', {
      found: `sum(rate(freshwave_cache_lookups_total{found="true"}[${EACH}])) / sum(rate(freshwave_cache_lookups_total[${EACH}]))`,
    }),
    series(
      'Requests by outcome',
      'reqps',
      'Refused requests were invalid; failed ones were not the fault of the client.',
      {
        '{{outcome}}': `sum by (outcome) (rate(decision_request_duration_seconds_count[${EACH}]))`,
      },
    ),
    series('Time of a decision', 's', 'Half, 95 % and 99 % take less.', {
      half: quantile(0.5, 'decision_request_duration_seconds'),
      '95 %': quantile(0.95, 'decision_request_duration_seconds'),
      '99 %': quantile(0.99, 'decision_request_duration_seconds'),
    }),
    series('Lookups in the cache', 'reqps', 'By what is looked up and whether it was there.', {
      '{{kind}}, found: {{found}}': `sum by (kind, found) (rate(freshwave_cache_lookups_total[${EACH}]))`,
    }),
    series('Decisions re-evaluated', 'reqps', 'After results and waivers, by decision context.', {
      'changed, {{decision_context}}': rateOfSum('decision_changed_total', 'decision_context'),
      'unchanged, {{decision_context}}': rateOfSum('decision_unchanged_total', 'decision_context'),
      'failed, {{decision_context}}': rateOfSum('decision_failed_total', 'decision_context'),
    }),
    series('Requests for events and builds', 's', '95 % take less.', {
      events: quantile(0.95, 'event_api_latency'),
      builds: quantile(0.95, 'build_api_latency'),
    }),
    series('Open streams', 'short', 'Clients that follow changes.', {
      '{{kind}}': 'sum by (kind) (freshwave_open_streams)',
    }),
  ],
}

const queues: Board = {
  uid: 'freshwave-queues',
  title: 'Freshwave: bus and queues',
  description: 'Messages in and out, jobs, processes.',
  panels: [
    stat('Processes', 'short', 'That answer.', { up: 'sum(up{job=~"freshwave.*"})' }),
    stat('Receiving', 'short', 'Processes that receive from all their sources on the bus.', {
      connected: 'sum(freshwave_bus_receiving)',
    }),
    stat('Oldest message to send', 's', 'How long it has waited in the outbox.', {
      oldest: 'max(freshwave_oldest_due_seconds{queue="publish"})',
    }),
    stat('Silence of the bus', 's', '0 while messages about shipped advisories come, or none has shipped.', {
      silent: 'max(freshwave_bus_silent_seconds)',
    }),
    series('Messages received', 'reqps', 'By what became of them.', {
      received: rateOfSum('messaging_rx_total'),
      handled: rateOfSum('messaging_rx_processed_ok_total'),
      ignored: rateOfSum('messaging_rx_ignored_total'),
      failed: rateOfSum('messaging_rx_failed_total'),
    }),
    series('Messages sent', 'reqps', 'Written to the outbox, accepted by the broker, and failed attempts.', {
      written: rateOfSum('messaging_tx_to_send_total'),
      accepted: rateOfSum('messaging_tx_sent_ok_total'),
      'failed attempts': rateOfSum('messaging_tx_failed_total'),
    }),
    series('Oldest due work', 's', 'By queue; 0: nothing is due.', {
      '{{queue}}': 'max by (queue) (freshwave_oldest_due_seconds)',
    }),
    series('Jobs', 'short', 'That wait, run or failed.', {
      '{{queue}} {{state}}': 'max by (queue, state) (freshwave_queue_jobs) > 0',
    }),
    series('Jobs that ended', 'reqps', 'By queue and outcome; later: they wait for something.', {
      '{{queue}} {{outcome}}': `sum by (queue, outcome) (rate(freshwave_job_duration_seconds_count[${EACH}]))`,
    }),
    series('Time of a job', 's', '95 % take less.', {
      '{{queue}}': quantile(0.95, 'freshwave_job_duration_seconds', 'queue'),
    }),
    series('Signs of life of the workers', 's', 'Age of the last one; renewed every ten seconds.', {
      '{{worker}}': 'max by (worker) (freshwave_worker_silent_seconds)',
    }),
    series('Event loop', 's', 'How late one turn in a hundred is.', {
      '{{instance}}': 'nodejs_eventloop_lag_p99_seconds{job=~"freshwave.*"}',
    }),
    series('Memory', 'bytes', 'Resident, by process.', {
      '{{instance}}': 'process_resident_memory_bytes{job=~"freshwave.*"}',
    }),
    series('Versions', 'short', 'Processes by version: two versions run side by side during an upgrade.', {
      '{{process}} {{version}}': 'sum by (process, version) (freshwave_process_info)',
    }),
  ],
}

const upstreams: Board = {
  uid: 'freshwave-upstreams',
  title: 'Freshwave: outside services',
  description: 'Calls to outside services and trouble with them; PostgreSQL and the queue store.',
  panels: [
    stat('In trouble', 'short', 'Outside services that are unreachable, failing, or refuse our account.', {
      services: 'count(max by (service) (freshwave_service_trouble_seconds)) or vector(0)',
    }),
    stat('Failed calls', 'percentunit', 'Share of attempts that failed.', {
      failed: `sum(rate(freshwave_upstream_duration_seconds_count{outcome!="ok"}[${EACH}])) / sum(rate(freshwave_upstream_duration_seconds_count[${EACH}]))`,
    }),
    stat('Processes without PostgreSQL', 'short', 'That got no answer at the last scrape.', {
      processes: 'count(freshwave_store_up{store="database"} == 0) or vector(0)',
    }),
    stat('Processes without queue store', 'short', 'That got no answer at the last scrape.', {
      processes: 'count(freshwave_store_up{store="queues"} == 0) or vector(0)',
    }),
    series('Trouble', 's', 'How long each service has been in trouble, and whose fault it is.', {
      '{{service}} {{blame}}': 'max by (service, blame) (freshwave_service_trouble_seconds)',
    }),
    series('Calls', 'reqps', 'Attempts per second.', {
      '{{service}}': `sum by (service) (rate(freshwave_upstream_duration_seconds_count[${EACH}]))`,
    }),
    series('Calls that failed', 'reqps', 'By service and outcome.', {
      '{{service}} {{outcome}}': `sum by (service, outcome) (rate(freshwave_upstream_duration_seconds_count{outcome!="ok"}[${EACH}]))`,
    }),
    series('Time of a call', 's', '95 % take less.', {
      '{{service}}': quantile(0.95, 'freshwave_upstream_duration_seconds', 'service'),
    }),
    series('Unreadable records', 'reqps', 'In answers; each affects only itself.', {
      '{{service}}': `sum by (service) (rate(freshwave_unreadable_records_total[${EACH}]))`,
    }),
    series('Errors of the database', 'reqps', 'And transactions rolled back.', {
      errors: rateOfSum('db_handle_error_total'),
      'rolled back': rateOfSum('db_transaction_rollback_total'),
    }),
  ],
}

/** Every dashboard, by the name of its file in deploy/grafana. */
export const BOARDS: Readonly<Record<string, Board>> = { rebuilds, gate, queues, upstreams }
