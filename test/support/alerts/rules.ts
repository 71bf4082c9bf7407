/** The alert rules of the chart, as shipped and with shortened times, for a test that waits for them to fire. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** The file of rules. */
export const ALERTS = 'deploy/chart/files/alerts.yaml'

/** A rule as written in the file. */
export type AlertRule = {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string; description: string; runbook_url: string }
}

/** All rules of all groups. */
export function alertRules(): AlertRule[] {
  const { groups }: { groups: { rules: AlertRule[] }[] } = parse(readFileSync(ALERTS, 'utf8'))
  return groups.flatMap(({ rules }) => rules)
}

/** Replaces every time that a rule compares with; longer than the interval between two signs of life of a worker. */
const SPAN_S = 12

/** The text of the file, with one second for `for`, 20 seconds for ranges and offsets, and `SPAN_S` for other times. */
export function shortenedRules(): string {
  return readFileSync(ALERTS, 'utf8')
    .replace(/\bfor: \w+/g, 'for: 1s')
    .replace(/\[\w+\]/g, (range) => (/^\[\d+m\]$/.test(range) ? '[20s]' : range))
    .replace(/\boffset \d+m/g, 'offset 20s')
    .replace(/\b\d+ \* 60\b/g, String(SPAN_S))
}
