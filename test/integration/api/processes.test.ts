/** Several web processes on one port (`WEB_CONCURRENCY`): how they start, what they report together, and how they end. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRequests, sendMessage } from '../../../src/api/processes/requests.ts'
import { identityOf } from '../../../src/db/embedded/process-identity.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { eventually } from '../../support/eventually.ts'
import { policyYaml, test as rule } from '../../support/gate/builders.ts'
import { type ServiceProcess, startProgram } from '../../support/programs/service-process.ts'

const COUNT = 3

let folder: string
let url: string
let monitorUrl: string
let env: Record<string, string>
let web: ServiceProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshwave-web-'))
  writePolicies(1)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const monitorPort = await freePort()
  monitorUrl = `http://127.0.0.1:${monitorPort}`
  env = {
    PORT: String(port),
    METRICS_PORT: String(monitorPort),
    POLICIES_DIR: folder,
    WEB_CONCURRENCY: String(COUNT),
  }
  web = startProgram('gate', env)
  await web.ready()
})
afterAll(async () => {
  await web.kill()
  await rm(folder, { recursive: true })
})

function writePolicies(count: number): void {
  const policies = Array.from({ length: count }, (_none, n) => policyYaml(`p${n}`, [rule('t')]))
  writeFileSync(join(folder, 'policies.yaml'), policies.join(''))
}

/** Fetches a path on a new connection: connections go to the processes in turn. */
async function get(path: string): Promise<string> {
  const dispatcher = new Agent()
  const answer = await request(url + path, { dispatcher })
  const text = await answer.body.text()
  await dispatcher.close()
  return text
}

const inEach = (path: string) => Promise.all(Array.from({ length: COUNT }, () => get(path)))

/** The pids of the web processes that `web` has started. */
function memberPids(): string[] {
  const pid = web.pid()
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
}

async function refuseOne(): Promise<void> {
  const dispatcher = new Agent()
  const headers = { 'content-type': 'application/json' }
  const answer = await request(`${url}/api/v1.0/decision`, {
    dispatcher,
    method: 'POST',
    body: '{}',
    headers,
  })
  await answer.body.dump()
  await dispatcher.close()
}

/** Pids of the processes that serve, in the order of their starts. */
const servingPids = ({ output } = web) =>
  [...output().matchAll(/"pid":(\d+),"url":"[^"]*","msg":"listening"/g)].map(([, pid]) => Number(pid))

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('web processes all serve the same port, and each reports how many are ready', async () => {
  expect(new Set(servingPids()).size).toBe(COUNT)
  for (const text of await inEach('/health/ready'))
    expect(JSON.parse(text).checks.web_processes).toMatchObject({
      ok: true,
      detail: `${COUNT} of ${COUNT} ready`,
    })
})

it('web processes keep the limits of memory that the program was started with', () => {
  const commands = memberPids().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'))
  expect(commands).toHaveLength(COUNT)
  for (const command of commands) expect(command).toContain('--max-semi-space-size=16')
})

it('web processes report the sums of all', async () => {
  for (let n = 0; n < 2 * COUNT; n += 1) await refuseOne()
  for (const text of await inEach('/metrics')) {
    expect(text).toContain(`decision_request_duration_seconds_count{outcome="refused"} ${2 * COUNT}\n`)
    expect(text).toContain(`\ntotal_decision_exceptions_total ${2 * COUNT}\n`)
  }
})

it('web processes are monitored together, at the address of the process that started them', async () => {
  const metrics = await (await fetch(`${monitorUrl}/metrics`)).text()
  expect(metrics).toContain(`decision_request_duration_seconds_count{outcome="refused"} ${2 * COUNT}\n`)
  expect(metrics).toContain(`\ntotal_decision_exceptions_total ${2 * COUNT}\n`)
  const ready = await fetch(`${monitorUrl}/health/ready`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    checks: { web_processes: { detail: `${COUNT} of ${COUNT} ready` } },
  })
  expect(await (await fetch(`${monitorUrl}/health/live`)).json()).toEqual({ status: 'live' })
  expect((await fetch(`${monitorUrl}/api/v1.0/policies`)).status).toBe(404)
})

it('web processes all take changed policies', async () => {
  writePolicies(2)
  await eventually(
    async () => (await inEach('/api/v1.0/policies')).map((text) => JSON.parse(text).policies.length),
    (counts) => counts.every((count) => count === 2),
  )
})

it('web processes read their policies again when the process that started them gets SIGHUP', async () => {
  const readingPids = () =>
    [...web.output().matchAll(/"pid":(\d+),[^\n]*"msg":"policies reloaded"/g)].map(([, pid]) => Number(pid))
  const before = readingPids().length
  web.signal('SIGHUP')
  const pids = await eventually(
    () => readingPids().slice(before),
    ({ length }) => length === COUNT,
  )
  expect(new Set(pids)).toEqual(new Set(servingPids()))
})

it('web processes are started again when they end, and what they have counted stays in the sums', async () => {
  const [first = 0] = servingPids()
  process.kill(first, 'SIGKILL')
  // A connection that is handed to a process which has just died gets no answer.
  await eventually(web.output, (output) => output.includes('"signal":"SIGKILL"'))
  await eventually(
    async () => JSON.parse(await get('/health/ready')).checks.web_processes.detail,
    (detail) => servingPids().length === COUNT + 1 && detail === `${COUNT} of ${COUNT} ready`,
  )
  for (const text of await inEach('/metrics')) {
    expect(text).toContain(`decision_request_duration_seconds_count{outcome="refused"} ${2 * COUNT}\n`)
    expect(text).toContain(`\ntotal_decision_exceptions_total ${2 * COUNT}\n`)
  }
})

it('web processes that cannot be started again are retried, while the others serve and report it', async () => {
  /** One connection to each of them: further ones would be accepted by the process without files. */
  const connections = Array.from({ length: COUNT }, () => new Agent({ connections: 1 }))
  const health = async () => {
    const ask = (dispatcher: Agent) => request(`${url}/health/ready`, { dispatcher })
    return (await Promise.any(connections.map(ask))).body.json() as Promise<{ status: string }>
  }
  for (const dispatcher of connections)
    await (await request(`${url}/health/live`, { dispatcher })).body.dump()
  expect(await health()).toMatchObject({ status: 'ready' })
  const times = (message: string) => web.output().split(message).length - 1
  const [open, none] = ['1024:', '3:'].map((files) => ['--pid', String(web.pid()), `--nofile=${files}`])
  execFileSync('prlimit', none)
  const before = servingPids().length
  process.kill(Number(memberPids()[0]), 'SIGKILL')
  await eventually(
    () => times('"msg":"could not start web process, will retry"'),
    (count) => count >= 2,
  )
  expect(web.output()).toMatch(/"reason":"spawn \S+ EMFILE","againInMs":\d+,/)
  expect(await health()).toMatchObject({
    checks: { web_processes: { ok: true, detail: `${COUNT - 1} of ${COUNT} ready` } },
    status: 'degraded',
    troubles: [{ service: 'web processes', detail: `${COUNT - 1} of ${COUNT} ready` }],
  })
  execFileSync('prlimit', open)
  expect(await eventually(health, ({ status }) => status === 'ready')).toMatchObject({ troubles: [] })
  expect(servingPids()).toHaveLength(before + 1)
  await Promise.all(connections.map((dispatcher) => dispatcher.destroy()))
})

it('web processes refuse to report one of them alone while the process that started them hangs', async () => {
  const dispatcher = new Agent({ connections: 1 }) // further ones are accepted by the process that hangs
  const metrics = async () => {
    const answer = await request(`${url}/metrics`, { dispatcher })
    return [answer.statusCode, await answer.body.text()] as const
  }
  expect(await metrics()).toEqual([200, expect.stringContaining(`outcome="refused"} ${2 * COUNT}\n`)])
  web.signal('SIGSTOP')
  const [status, text] = await metrics().finally(() => web.signal('SIGCONT'))
  expect([status, JSON.parse(text).message]).toEqual([
    503,
    expect.stringMatching(/^The metrics of the other web processes cannot be added: .* does not answer/),
  ])
  expect(await metrics()).toEqual([200, expect.stringContaining(`outcome="refused"} ${2 * COUNT}\n`)])
  await dispatcher.close()
})

it('a message to a web process that was just killed fails by itself', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await once(other, 'spawn')
  other.kill('SIGKILL')
  while (identityOf(other.pid ?? 0) !== undefined); // nothing is noticed in this turn of the event loop
  expect(other.connected).toBe(true)
  const { request } = createRequests<string>()
  await expect(request((id) => sendMessage(other, { id }), 10 * 60_000)).rejects.toThrow('EPIPE')
  await once(other, 'exit')
  await expect(sendMessage(other, {})).rejects.toThrow('Channel closed')
})

it('web processes that cannot start end the program with their exit code and one message', async () => {
  const { code, output } = await startProgram('gate', env).ended()
  expect(code).toBe(1)
  expect(output.match(/is already in use/g)).toHaveLength(1)
})

it('web processes end cleanly on one signal', async () => {
  const pids = servingPids().slice(1)
  expect(pids).not.toEqual([])
  const { code } = await web.stop()
  expect(code).toBe(0)
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(web.output().match(/"msg":"stopped"/g)).toHaveLength(COUNT + 1)
})

it('web processes end when the process that started them is killed, and leave the port to the next one', async () => {
  const killed = startProgram('gate', env)
  await killed.ready()
  const pids = servingPids(killed)
  expect(pids).toHaveLength(COUNT)
  await killed.kill()
  await eventually(
    () => pids.filter(isRunning),
    ({ length }) => length === 0,
  )
  const next = startProgram('gate', env)
  await next.ready()
  expect((await next.stop()).code).toBe(0)
})
