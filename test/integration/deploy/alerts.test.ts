/** The alert rules: valid, tested by promtool, made from metrics that exist, each with a page on what to do. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { knownSeries } from '../../../scripts/metrics-table.ts'
import { createMetrics } from '../../../src/lib/metrics/metrics.ts'
import { ALERTS, alertRules } from '../../support/alerts/rules.ts'
import { unknownIn } from '../../support/programs/promql.ts'

const FOLDER = 'deploy/prometheus'
const PROMTOOL = '/usr/bin/promtool'
const SECTIONS = ['What it means', 'How to see it', 'What to do', 'What not to do']
const rules = alertRules()
const names = rules.map(({ alert }) => alert)

function promtool(args: string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { encoding: 'utf8', input })
  return { status, output: status === 0 ? '' : stdout + stderr }
}

describe.runIf(existsSync(PROMTOOL))('promtool', () => {
  it.each([
    ['check', 'rules', ALERTS],
    ['check', 'config', `${FOLDER}/prometheus.yaml`],
    ['test', 'rules', `${FOLDER}/alerts.test.yaml`],
  ])('%s %s %s', (...args) => {
    expect(promtool(args)).toEqual({ status: 0, output: '' })
  })

  it('check metrics, of a process with a database and without one', async () => {
    for (const sums of [new Map(), null]) {
      const text = await createMetrics().render(sums)
      expect(text).toContain('messaging_rx_total')
      expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, output: '' })
    }
  })
})

describe('the alert rules', () => {
  it('are at least twelve, with different names, and each has a test', () => {
    const tests: { tests: { name: string }[] } = parse(readFileSync(`${FOLDER}/alerts.test.yaml`, 'utf8'))
    expect(names.length).toBeGreaterThanOrEqual(12)
    expect(tests.tests.map(({ name }) => name).sort()).toEqual([...names].sort())
  })

  it.each(rules)('$alert uses metrics and labels that exist', ({ expr }) => {
    expect(unknownIn(expr, knownSeries())).toEqual([])
  })

  it.each(rules)('$alert has a severity, texts, and a page with every section', (rule) => {
    expect(['critical', 'warning']).toContain(rule.labels.severity)
    expect(rule.annotations).toEqual({
      summary: expect.stringMatching(/\S/),
      description: expect.stringMatching(/\.$/),
      runbook_url: `docs/runbooks/${rule.alert}.md`,
    })
    const page = readFileSync(rule.annotations.runbook_url, 'utf8')
    expect(page.split('\n', 1)).toEqual([`# ${rule.alert}`])
    const sections = page.split(/^## /m).slice(1)
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(SECTIONS)
    expect(sections.filter((section) => section.trim().split('\n').length < 3)).toEqual([])
  })

  it('are those that have a page', () => {
    const pages = globSync('docs/runbooks/*.md').map((file) => basename(file, '.md'))
    expect(pages.sort()).toEqual([...names].sort())
  })

  it('are named in the pages only where they exist', () => {
    const named = globSync('docs/runbooks/*.md').flatMap(
      (file) => readFileSync(file, 'utf8').match(/\bFreshwave[A-Z]\w+/g) ?? [],
    )
    expect([...new Set(named)].filter((name) => !names.includes(name))).toEqual([])
  })
})

describe('the check of expressions', () => {
  it('finds metrics and labels that do not exist', () => {
    const known = knownSeries()
    const ofLabels = 'sum by (queue, color) (rate(freshwave_job_duration_seconds_bucket{flavor="x"}[5m]))'
    expect(unknownIn(ofLabels, known)).toEqual(['color', 'freshwave_job_duration_seconds_bucket{flavor}'])
    expect(unknownIn('freshwave_job_duration_seconds > 0 or nothing', known)).toEqual([
      'freshwave_job_duration_seconds',
      'nothing',
    ])
    expect(unknownIn('max without (instance) (up{job="freshwave"})', known)).toEqual([])
    expect(() => unknownIn('sum(', known)).toThrow('not valid PromQL')
  })
})
