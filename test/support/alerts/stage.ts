/** The system whose alerts fire: the lab, and web, ingest and worker as processes that Prometheus scrapes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../../src/db/migrate.ts'
import { openDatabase } from '../../../src/db/orm.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { startTcpProxy } from '../bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../database/database.ts'
import { startWorld } from '../lab/world.ts'
import { labSettings } from '../pipeline.ts'
import { type ServiceProcess, startProgram } from '../programs/service-process.ts'
import { affectedImages } from '../rebuild/affected-images.ts'
import { startRedis } from '../servers/redis.ts'
import { type Prometheus, startPrometheus } from './prometheus.ts'

/** The first three images are built on each other, the other five on the third: those stay in flight until the test ends. */
const IN_ORDER = 3
const FIRST_MS = 20
const BUILD_MS = 3_600_000
/** `valid_since` needs the build from the hub, which does not know it, so that no decision is possible. */
const POLICIES = ['judged', 'impossible']
  .map(
    (context) => `--- !Policy
id: ${context}
product_versions: [fedora-26]
decision_context: ${context}
subject_type: koji_build
rules: [!PassingTestCaseRule {test_case_name: t1${context === 'judged' ? '' : ', valid_since: 2021-01-01'}}]
`,
  )
  .join('')
const SETTINGS = 'max_tasks_in_flight: 1\nquiet_after: 5\nrequests_timeout: 30\nrequest_attempts: 1'

export type Stage = Awaited<ReturnType<typeof startStage>>
type Part = 'web' | 'ingest' | 'worker'

/** Starts everything; only `web` reaches the database through `proxy`. */
export async function startStage() {
  let builds = 0
  const durationMs = () => {
    builds += 1
    return builds <= IN_ORDER ? FIRST_MS : BUILD_MS
  }
  const world = await startWorld({ catalogue: affectedImages(8), builder: { parallelism: 8, durationMs } })
  const url = await createEmptyDatabase()
  const db = openDatabase(url, 4)
  await migrate(db, url)
  const proxy = await startTcpProxy(new URL(url))
  const throughProxy = new URL(url)
  throughProxy.port = String(proxy.port)
  const redis = await startRedis()
  const files = writeFiles()
  const port = await freePort()
  const ports: Record<Part, number> = {
    web: await freePort(),
    ingest: await freePort(),
    worker: await freePort(),
  }
  const start = async (part: Part): Promise<ServiceProcess> => {
    const process = startProgram(part, {
      ...world.env,
      ...files.env,
      DATABASE_URL: part === 'web' ? throughProxy.href : url,
      REDIS_URL: redis.url,
      PORT: String(port),
      METRICS_PORT: String(ports[part]),
    })
    await process.ready()
    return process
  }
  const [web, ingest, worker] = await Promise.all([start('web'), start('ingest'), start('worker')])
  const parts: Record<Part, ServiceProcess> = { web, ingest, worker }
  const prometheus: Prometheus = await startPrometheus(Object.values(ports))
  const send = (method: 'POST' | 'PATCH', path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    })
  return {
    ...{ world, db, proxy, redis, parts, prometheus, send },
    /** The folder of policies. */
    policies: files.env.POLICIES_DIR,
    get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
    /** Starts a part that has ended. */
    restart: async (part: Part) => {
      parts[part] = await start(part)
    },
    stop: async () => {
      await prometheus.stop()
      await Promise.all(Object.values(parts).map((part) => part.kill()))
      await db.close()
      await proxy.stop()
      await dropDatabase(url)
      await redis.stop()
      await world.stop()
      files.remove()
    },
  }
}

/** The settings and the policies; in separate folders, because every file of a policies folder is read. */
function writeFiles() {
  const policies = mkdtempSync(join(tmpdir(), 'freshwave-alerts-'))
  const config = mkdtempSync(join(tmpdir(), 'freshwave-alerts-'))
  const settings = join(config, 'freshwave.yaml')
  writeFileSync(join(policies, 'policies.yaml'), POLICIES)
  writeFileSync(settings, labSettings(SETTINGS))
  return {
    env: { FRESHWAVE_CONFIG: settings, POLICIES_DIR: policies },
    remove: () => {
      for (const path of [policies, config]) rmSync(path, { recursive: true })
    },
  }
}
