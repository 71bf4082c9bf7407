/** The gate over HTTP, on the lab's results database, waiver service, build system and git server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitFile } from '../../../lab/services/distgit/state.ts'
import { startLab } from '../../../lab/start.ts'
import { resetWorld, type World } from '../../../lab/world.ts'
import { startWeb } from '../../../src/api/server.ts'
import type { Context } from '../../../src/context.ts'
import { createTestContext } from '../context.ts'
import { eventually } from '../eventually.ts'
import { requestsTo } from '../lab/requests.ts'
import { NVR } from './builders.ts'
import { addHubBuild } from './hub-builds.ts'

/** A body: an object is sent as JSON, a text unchanged. */
export type Body = unknown

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
export type Answer = { status: number; headers: Headers; text: string; json: any }

/** The request that most cases start from (behaviour/greenwave 10). */
export const DEFAULT_REQUEST = {
  decision_context: 'bodhi_update_push_stable',
  product_version: 'fedora-26',
  subject_type: 'koji_build',
  subject_identifier: NVR,
}

/** How to start the gate; `file` is the text of a settings file. */
export type GateOptions = { env?: Record<string, string>; file?: string }

/** Starts the lab and the gate; `stop` stops both. */
export async function startGate({ env = {}, file = '' }: GateOptions = {}) {
  const lab = await startLab()
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-policies-'))
  const ctx = await createTestContext({ ...lab.urls, PORT: '0', ...env }, file)
  const web = await startWeb(ctx)
  await untilListening(ctx)
  const api = `${web.url}/api/v1.0`
  const send = (path: string, init: RequestInit = {}) =>
    request(path.startsWith('/api/') ? `${web.url}${path}` : `${api}/${path}`, init)
  const { world } = lab
  return {
    lab,
    world,
    ctx,
    url: web.url,
    send,
    /** Sends a request for a decision. */
    decide: (body: Body, query = '') =>
      send(`decision${query}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    /** Replaces the policies in force with these (YAML). */
    setPolicies: async (yaml: string) => {
      writeFileSync(join(folder, 'policies.yaml'), yaml)
      ctx.settings.env.POLICIES_DIR = folder
      await ctx.policies.reload()
      const { problems } = ctx.policies.status()
      if (problems.length > 0) throw new Error(problems.join('\n'))
    },
    /** Restores the initial state. */
    reset: async () => {
      resetWorld(world)
      ctx.settings.env.POLICIES_DIR = env.POLICIES_DIR ?? 'conf/policies'
      await ctx.policies.reload()
    },
    ...accessTo(world, lab.urls),
    stop: async () => {
      await web.stop()
      await ctx.drop()
      await lab.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The gate clears its cache when it starts to listen for news, since it may have missed some. */
async function untilListening({ db }: Context): Promise<void> {
  const sql = `select query from pg_stat_activity
    where application_name = 'freshwave notices' and datname = current_database() and state = 'idle'`
  await eventually(
    () => db.fork().execute<{ query: string }[]>(sql),
    (rows) => rows.some(({ query }) => query === 'listen freshwave_subject_changed'),
  )
}

/** A running gate. */
export type TestGate = Awaited<ReturnType<typeof startGate>>

async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Access to the outside services, through their own APIs where these can write. */
export function accessTo(world: World, urls: { RESULTSDB_API_URL: string; WAIVERDB_API_URL: string }) {
  const post = async (url: string, body: object) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('alice:secret')}` }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    if (response.status !== 201) throw new Error(await response.text())
    return (await response.json()) as { id: number; testcase: { name: string } } // as the lab answers
  }
  return {
    /** Stores a result of `NVR`, or of the subject in `data`; returns the stored result. */
    putResult: (
      testcase: string,
      outcome: string,
      data: object = { item: NVR, type: 'koji_build' },
      fields = {},
    ) => post(`${urls.RESULTSDB_API_URL}/results`, { testcase, outcome, data, ...fields }),
    /** Stores a waiver for `NVR` in `fedora-26`, overridden by `fields`; returns the stored waiver. */
    putWaiver: (testcase: string, fields: object = {}) =>
      post(`${urls.WAIVERDB_API_URL}/waivers/`, {
        subject_type: 'koji_build',
        subject_identifier: NVR,
        product_version: 'fedora-26',
        testcase,
        comment: 'It fails for another reason',
        ...fields,
      }),
    /** Adds a build with this source to the build system, completed at `completedAt`. */
    putBuild: (nvr: string, source: string | null, completedAt?: number) =>
      addHubBuild(world, nvr, source, completedAt),
    putFile: (repository: string, commit: string, text: string, path = 'gating.yaml') =>
      commitFile(world.distGit, { repository, path, text, commit }),
    /** Number of requests that reached a service. */
    calls: (service: string) => requestsTo(world, service),
  }
}
