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
/** For what happens too seldom to be read per second. */
const hourly = (name: string) => `3600 * ${rateOfSum(name)}`
/** The share of a counter that has these labels: 0, rather than no data, while there is no such series. */
const share = (name: string, labels: string) =>
  `(sum(rate(${name}{${labels}}[${EACH}])) or vector(0)) / sum(rate(${name}[${EACH}]))`
/** The value below which this fraction of the values of a histogram lies. */
const quantile = (fraction: number, name: string, ...by: string[]) =>
  `histogram_quantile(${fraction}, sum by (${['le', ...by].join(', ')}) (rate(${name}_bucket[${EACH}])))`

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
      tasks: 'sum(max by (target) (freshwave_tasks_in_flight)) or vector(0)',
    }),
    stat('Missed advisories', 'short', 'Shipped advisories without an event.', {
      advisories: 'max(freshwave_missed_advisories)',
    }),
    stat(
      'Behind the forecast',
      's',
      'How far the most overdue open event is past the forecast made after a tenth of its work.',
      {
        overdue: 'max(freshwave_event_overdue_seconds)',
      },
    ),
    stat('Without progress', 's', 'Longest time in which no task of an open event has started or ended.', {
      still: 'max(freshwave_event_stalled_seconds)',
    }),
    series('Builds ended', 'short', 'Per hour, by final state.', {
      done: hourly('freshmaker_artifact_build_done_total'),
      failed: hourly('freshmaker_artifact_build_failed_total'),
      canceled: hourly('freshmaker_artifact_build_canceled_total'),
    }),
    series('Events ended', 'short', 'Per hour, by final state.', {
      complete: hourly('freshmaker_event_complete_total'),
      failed: hourly('freshmaker_event_failed_total'),
      skipped: hourly('freshmaker_event_skipped_total'),
      canceled: hourly('freshmaker_event_canceled_total'),
    }),
    series('Tasks by target', 'short', 'With their limits, if there are any.', {
      '{{target}}': 'max by (target) (freshwave_tasks_in_flight)',
      'limit: {{scope}}': 'max by (scope) (freshwave_tasks_in_flight_limit)',
    }),
    series('Oldest ready build', 's', 'How long it has waited for a slot.', {
      waiting: 'max(freshwave_oldest_due_seconds{queue="submit"})',
    }),
    series(
      'Forecast error',
      'percentunit',
      'Relative to the time that was left when the forecast was made.',
      {
        median: quantile(0.5, 'freshwave_forecast_error'),
        '90th percentile': quantile(0.9, 'freshwave_forecast_error'),
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
    stat('Failed decisions', 'percentunit', 'Share of requests that got an error instead of a decision.', {
      failed: share('decision_request_duration_seconds_count', 'outcome="failed"'),
    }),
    stat('Decision time', 's', '95 % of the requests take less.', {
      '95th percentile': quantile(0.95, 'decision_request_duration_seconds'),
    }),
    stat('Cache hit rate', 'percentunit', 'Share of lookups that found what they looked for.', {
      found: share('freshwave_cache_lookups_total', 'found="true"'),
    }),
    series(
      'Requests by outcome',
      'reqps',
      'Refused requests were invalid; failed ones were not the fault of the client.',
      {
        '{{outcome}}': `sum by (outcome) (rate(decision_request_duration_seconds_count[${EACH}]))`,
      },
    ),
    series('Decision time by percentile', 's', 'The given share of the requests takes less.', {
      median: quantile(0.5, 'decision_request_duration_seconds'),
      '95th percentile': quantile(0.95, 'decision_request_duration_seconds'),
      '99th percentile': quantile(0.99, 'decision_request_duration_seconds'),
    }),
    series('Cache lookups', 'cps', 'By what is looked up and whether it was found.', {
      '{{kind}}, found: {{found}}': `sum by (kind, found) (rate(freshwave_cache_lookups_total[${EACH}]))`,
    }),
    series('Decisions re-evaluated', 'cps', 'After results and waivers, by decision context.', {
      'changed, {{decision_context}}': rateOfSum(
        'decision_changed_total{decision_context!=""}',
        'decision_context',
      ),
      'unchanged, {{decision_context}}': rateOfSum(
        'decision_unchanged_total{decision_context!=""}',
        'decision_context',
      ),
      'failed, {{decision_context}}': rateOfSum(
        'decision_failed_total{decision_context!=""}',
        'decision_context',
      ),
    }),
    series('Time of requests for events and builds', 's', '95 % take less.', {
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
    stat('Processes', 'short', 'Those that respond to scrapes.', { up: 'sum(up{job=~"freshwave.*"})' }),
    stat('Receiving', 'short', 'Processes that receive from all their sources on the bus.', {
      connected: 'sum(freshwave_bus_receiving)',
    }),
    stat('Oldest message to send', 's', 'How long it has waited in the outbox.', {
      oldest: 'max(freshwave_oldest_due_seconds{queue="publish"})',
    }),
    stat('Silence of the bus', 's', '0 while messages about shipped advisories come, or none has shipped.', {
      silent: 'max(freshwave_bus_silent_seconds)',
    }),
    series('Messages received', 'cps', 'By outcome.', {
      received: rateOfSum('messaging_rx_total'),
      handled: rateOfSum('messaging_rx_processed_ok_total'),
      ignored: rateOfSum('messaging_rx_ignored_total'),
      failed: rateOfSum('messaging_rx_failed_total'),
    }),
    series('Messages sent', 'cps', 'Written to the outbox, accepted by the broker, and failed attempts.', {
      written: rateOfSum('messaging_tx_to_send_total'),
      accepted: rateOfSum('messaging_tx_sent_ok_total'),
      'failed attempts': rateOfSum('messaging_tx_failed_total'),
    }),
    series('Oldest due work', 's', 'By queue; 0: nothing is due.', {
      '{{queue}}': 'max by (queue) (freshwave_oldest_due_seconds)',
    }),
    series('Jobs', 'short', 'Those that wait, run or have failed.', {
      '{{queue}} {{state}}': 'max by (queue, state) (freshwave_queue_jobs{state!="completed"}) > 0',
    }),
    series('Jobs ended', 'cps', 'By queue and outcome; later: the job waits for something and runs again.', {
      '{{queue}} {{outcome}}': `sum by (queue, outcome) (rate(freshwave_job_duration_seconds_count[${EACH}]))`,
    }),
    series('Job duration', 's', '95 % take less.', {
      '{{queue}}': quantile(0.95, 'freshwave_job_duration_seconds', 'queue'),
    }),
    series(
      'Silence of workers',
      's',
      'Time since the last sign of life, which is renewed every ten seconds.',
      {
        '{{worker}}': 'max by (worker) (freshwave_worker_silent_seconds)',
      },
    ),
    series('Event loop lag', 's', 'The 99th percentile.', {
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
    stat(
      'In trouble',
      'short',
      'Outside services that are unreachable or failing, or that reject our account.',
      {
        services: 'count(max by (service) (freshwave_service_trouble_seconds)) or vector(0)',
      },
    ),
    stat('Failed calls', 'percentunit', 'Share of attempts that failed.', {
      failed: share('freshwave_upstream_duration_seconds_count', 'outcome!="ok"'),
    }),
    stat('Processes without PostgreSQL', 'short', 'Those that got no answer at the last scrape.', {
      processes: 'count(freshwave_store_up{store="database"} == 0) or vector(0)',
    }),
    stat('Processes without queue store', 'short', 'Those that got no answer at the last scrape.', {
      processes: 'count(freshwave_store_up{store="queues"} == 0) or vector(0)',
    }),
    series(
      'Trouble',
      's',
      'How long each service has been in trouble, and whether it or our account is at fault.',
      {
        '{{service}} {{blame}}': 'max by (service, blame) (freshwave_service_trouble_seconds)',
      },
    ),
    series('Calls', 'reqps', 'Attempts per second.', {
      '{{service}}': `sum by (service) (rate(freshwave_upstream_duration_seconds_count[${EACH}]))`,
    }),
    series('Failed calls by outcome', 'reqps', 'Attempts per second.', {
      '{{service}} {{outcome}}': `sum by (service, outcome) (rate(freshwave_upstream_duration_seconds_count{outcome!="ok"}[${EACH}]))`,
    }),
    series('Call duration', 's', '95 % of the attempts take less.', {
      '{{service}}': quantile(0.95, 'freshwave_upstream_duration_seconds', 'service'),
    }),
    series('Unreadable records', 'cps', 'In answers; each affects only itself.', {
      '{{service}}': `sum by (service) (rate(freshwave_unreadable_records_total[${EACH}]))`,
    }),
    series('Database errors', 'cps', 'And transactions that were rolled back.', {
      errors: rateOfSum('db_handle_error_total'),
      'rolled back': rateOfSum('db_transaction_rollback_total'),
    }),
  ],
}

/** Every dashboard, by the name of its file in deploy/grafana. */
export const BOARDS: Readonly<Record<string, Board>> = { rebuilds, gate, queues, upstreams }
