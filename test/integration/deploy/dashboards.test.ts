/** The dashboards: as Grafana's schema wants them, and made from metrics that the running processes really have. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeDashboard } from '../../../scripts/dashboard-panels.ts'
import { BOARDS } from '../../../scripts/dashboards.ts'
import { knownSeries } from '../../../scripts/metrics-table.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { alertRules } from '../../support/alerts/rules.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'
import { startWorld } from '../../support/lab/world.ts'
import { unknownIn } from '../../support/programs/promql.ts'
import { type Program, startProgram } from '../../support/programs/service-process.ts'

const FOLDER = 'deploy/grafana'
/** Series that Prometheus stores by itself. */
const ADDED = ['up']
const panels = Object.entries(BOARDS).flatMap(([board, { panels: all }]) =>
  all.map((panel) => ({ board, ...panel })),
)
/** Grafana fills its variables in before it sends the expression. */
const filledIn = (expr: string) => expr.replaceAll('$__rate_interval', '5m')

describe('the dashboards', () => {
  it('are four files', () => {
    const files = globSync(`${FOLDER}/*.json`).map((file) => basename(file, '.json'))
    expect(files.sort()).toEqual(['gate', 'queues', 'rebuilds', 'upstreams'])
    expect(files.sort()).toEqual(Object.keys(BOARDS).sort())
  })

  it.each(Object.entries(BOARDS))(
    '%s.json is what the builders of Grafana make: node scripts/run.mjs scripts/write-dashboards.ts',
    (name, board) => {
      const stored = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'))
      expect(stored).toEqual(JSON.parse(JSON.stringify(makeDashboard(board))))
      expect(new Set(board.panels.map(({ title }) => title)).size).toBe(board.panels.length)
    },
  )

  it.each(panels)('$board: $title uses metrics and labels that exist', ({ queries }) => {
    const unknown = Object.values(queries).flatMap((expr) => unknownIn(filledIn(expr), knownSeries()))
    expect(unknown).toEqual([])
  })

  it.each(panels)(
    '$board: $title counts once what every process shows, whatever labels a scrape adds',
    ({ queries }) => {
      for (const expr of Object.values(queries)) expect(expr).not.toMatch(/without/)
    },
  )

  it('show a share as 0, not as missing data, while the counter has no series with its labels', () => {
    const shares = panels
      .flatMap(({ queries }) => Object.values(queries))
      .filter((expr) => expr.includes(' / '))
    expect(shares.length).toBeGreaterThan(2)
    expect(shares.filter((expr) => !/^\(sum\(.*\) or vector\(0\)\) \/ /.test(expr))).toEqual([])
  })

  it.each(panels)('$board: $title names in its legend only labels that its query keeps', ({ queries }) => {
    const lost = Object.entries(queries).flatMap(([legend, expr]) =>
      [...legend.matchAll(/\{\{(\w+)\}\}/g)]
        .map(([, label = '']) => label)
        .filter((label) => label !== 'instance' && !new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr)),
    )
    expect(lost).toEqual([])
  })
})

it('every metric of dashboards and alerts is in a scrape of the running processes', async () => {
  const world = await startWorld()
  onTestFinished(world.stop)
  const database = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(database))
  const scrape = async (program: Program) => {
    const port = await freePort()
    const env = { ...world.env, DATABASE_URL: database, PORT: '0', METRICS_PORT: String(port) }
    const process = startProgram(program, env)
    onTestFinished(async () => {
      await process.kill()
    })
    await process.ready()
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  }
  const texts = await Promise.all((['web', 'ingest', 'worker'] as const).map(scrape))
  const scraped = new Set(
    texts
      .join('\n')
      .matchAll(/^# TYPE (\w+)/gm)
      .map(([, name = '']) => name),
  )
  const expressions = [
    ...panels.flatMap(({ queries }) => Object.values(queries)),
    ...alertRules().map(({ expr }) => expr),
  ]
  const used = expressions.flatMap((expr) => unknownIn(filledIn(expr), new Map())) // without any, all are unknown
  const names = new Set(used.map((name) => name.replace(/_(bucket|count|sum)$/, '')))
  const labels = new Set([...knownSeries().values()].flatMap((series) => [...series.labels]))
  const missing = [...names].filter(
    (name) => !scraped.has(name) && !ADDED.includes(name) && !labels.has(name),
  )
  expect(names.size).toBeGreaterThan(40)
  expect(missing).toEqual([])
})
