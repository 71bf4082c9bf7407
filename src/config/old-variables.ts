/** Environment variables of Freshmaker and Greenwave without a meaning here: named in the log with their replacement. */

/** `because` completes "ignored: ..." for the operator. No value: it may be a secret. */
export type IgnoredVariable = { variable: string; because: string }

const NO_SECTIONS = 'replaced by FRESHWAVE_CONFIG; a settings file has no sections'
const METRICS = 'replaced by METRICS_HOST and METRICS_PORT'

/** In the order of behaviour/freshmaker 10, then those of Greenwave. */
const OLD_VARIABLES: Readonly<Record<string, string>> = {
  FRESHMAKER_CONFIG_FILE: 'replaced by FRESHWAVE_CONFIG',
  FRESHMAKER_CONFIG_SECTION: NO_SECTIONS,
  FRESHMAKER_DEVELOPER_ENV: NO_SECTIONS,
  FRESHMAKER_TESTING_ENV: NO_SECTIONS,
  FRESHMAKER_ENV: 'log lines do not have it',
  MONITOR_STANDALONE_METRICS_SERVER_ENABLE: METRICS,
  MONITOR_STANDALONE_METRICS_SERVER_PORT: METRICS,
  prometheus_multiproc_dir: 'the counters of all processes are summed without files',

  GREENWAVE_CONFIG: 'replaced by FRESHWAVE_CONFIG',
  GREENWAVE_POLICIES_DIR: 'replaced by POLICIES_DIR',
  GREENWAVE_SUBJECT_TYPES_DIR: 'replaced by SUBJECT_TYPES_DIR',
  GREENWAVE_STATSD_HOST: '/metrics has the counters, for Prometheus',
}

/** `given`: the variables that are set. */
export function ignoredVariables(given: object): IgnoredVariable[] {
  return Object.entries(OLD_VARIABLES)
    .filter(([variable]) => Object.hasOwn(given, variable))
    .map(([variable, because]) => ({ variable, because }))
}
