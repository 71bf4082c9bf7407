/** A real Prometheus on loopback that scrapes the processes of a test and evaluates the alert rules, with shortened times. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../../../src/lib/loopback.ts'
import { eventually } from '../eventually.ts'
import { shortenedRules } from './rules.ts'

const SERVER = '/usr/bin/prometheus'
/** The interval of scrapes, and their timeout. */
const SCRAPE_S = 3

/** Whether Prometheus is installed. */
export const hasPrometheus = existsSync(SERVER)

export type Prometheus = {
  /** The names of the alerts that are firing. */
  firing(): Promise<ReadonlySet<string>>
  /** The value of an expression with a single result; undefined without a result. */
  value(expression: string): Promise<number | undefined>
  stop(): Promise<void>
}

/** Starts a server and waits until it answers; `ports` are those of the scraped processes. */
export async function startPrometheus(ports: readonly number[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-prometheus-'))
  const config = {
    global: { scrape_interval: `${SCRAPE_S}s`, scrape_timeout: `${SCRAPE_S}s`, evaluation_interval: '1s' },
    rule_files: ['alerts.yaml'],
    scrape_configs: [
      { job_name: 'freshwave', static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] },
    ],
  }
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(config))
  writeFileSync(join(folder, 'alerts.yaml'), shortenedRules())
  const url = `http://127.0.0.1:${await freePort()}`
  const args = [
    `--config.file=${folder}/prometheus.yaml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${new URL(url).host}`,
  ]
  const child = spawn(SERVER, args, { stdio: 'ignore' })
  const ended = once(child, 'close')
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await eventually(isReady, Boolean)
  // biome-ignore lint/suspicious/noExplicitAny: answers of Prometheus have many shapes
  const get = async (path: string): Promise<any> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: unknown } // its documented shape
    return answer.data
  }
  return {
    firing: async () => {
      const { alerts }: { alerts: { state: string; labels: { alertname: string } }[] } = await get('alerts')
      return new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))
    },
    value: async (expression) => {
      const { result } = await get(`query?query=${encodeURIComponent(expression)}`)
      return result[0] && Number(result[0].value[1])
    },
    stop: async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
