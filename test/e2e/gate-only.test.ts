/** `npm run web -- --only gate`: decisions and what belongs to them, without database, queue store or bus. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Lab, startLab } from '../../lab/start.ts'
import { freePort } from '../../src/lib/loopback.ts'
import { type ServiceProcess, startProgram } from '../support/programs/service-process.ts'

const NVR = 'nginx-122-container-1-1'
const TESTS = ['image.starts', 'image.has-no-known-cve']
const NOWHERE = '127.0.0.1:1'

let lab: Lab
let gate: ServiceProcess
let url: string
beforeAll(async () => {
  lab = await startLab()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  gate = startProgram('gate', {
    ...lab.urls,
    POLICIES_DIR: 'lab/policies',
    PORT: String(port),
    DATA_DIR: '/nowhere/at/all',
    DATABASE_URL: `postgres://user:secret@${NOWHERE}/none`,
    REDIS_URL: `redis://${NOWHERE}`,
    AMQP_URL: `amqp://${NOWHERE}`,
  })
  await gate.ready()
})
afterAll(async () => {
  const { code } = await gate.stop()
  expect(code).toBe(0)
  await lab.stop()
})

const post = (to: string, body: object) =>
  fetch(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const decide = (subject: string, type = 'redhat-container-image') =>
  post(`${url}/api/v1.0/decision`, {
    decision_context: 'container-image-release',
    product_version: 'rhel-8',
    subject_type: type,
    subject_identifier: subject,
  })
const metric = async (name: string) => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

it('the gate alone decides', async () => {
  expect(await (await decide(NVR)).json()).toMatchObject({ policies_satisfied: false })
  for (const testcase of TESTS) {
    const result = { testcase, outcome: 'PASSED', data: { nvr: NVR, type: 'redhat-container-image' } }
    expect((await post(`${lab.urls.RESULTSDB_API_URL}/results`, result)).status).toBe(201)
  }
  expect(await (await decide(NVR)).json()).toMatchObject({ policies_satisfied: true })
})

it('the gate alone is ready, and reports what it does without', async () => {
  const response = await fetch(`${url}/health/ready`)
  expect(response.status).toBe(200)
  const { checks, status } = (await response.json()) as {
    checks: Record<string, { detail: string }>
    status: string
  }
  expect(status).toBe('ready')
  expect([checks['database']?.detail, checks['queue_store']?.detail]).toEqual(['not used', 'not used'])
})

it('the gate alone counts its own failures, since it shares no sums with other processes', async () => {
  const failures = 'total_decision_exceptions_total'
  const before = await metric(failures)
  for (const _ of [1, 2]) expect((await decide(NVR, 'unknown')).status).toBe(404)
  expect(await metric(failures)).toBe(before + 2)
  expect(await metric(failures)).toBe(before + 2)
})

it('the gate alone describes only what it serves, and nothing else is there', async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, unknown> }
  const paths = Object.keys(document.paths)
  expect(paths).toContain('/api/v1.0/decision')
  expect(
    paths.filter((path) => !/^\/($|api\/v1\.0|health|healthcheck|metrics|api\/1\/monitor)/.test(path)),
  ).toEqual([])
  expect((await fetch(`${url}/docs/`)).status).toBe(200)
  for (const path of ['/api/1/events/', '/api/2/builds/', '/api/2/plans', '/queues'])
    expect((await fetch(`${url}${path}`)).status, path).toBe(404)
})

it('the gate alone has the configuration of the gate at its root', async () => {
  const [root, below] = await Promise.all(['/', '/api/v1.0/'].map((path) => fetch(`${url}${path}`)))
  expect([root?.status, await root?.json()]).toEqual([200, await below?.json()])
})

it('the gate alone has the book, without a link to the pages that it does not have', async () => {
  const text = await (await fetch(`${url}/docs/guide/`)).text()
  expect(text).toContain('href="../">API')
  expect(text).not.toMatch(/href="[^"]*\/ui"/)
})

it('the gate alone answers browsers at unknown addresses with a page whose links exist, and programs with JSON', async () => {
  for (const path of ['/docs/nothing', '/docs/guide/nothing.html', '/ui/events/7', '/queues']) {
    const answer = await fetch(`${url}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' } })
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
      path,
      404,
      'text/html; charset=UTF-8',
    ])
    const page = await answer.text()
    expect(page).toContain('<h1>Not found</h1>')
    const links = [...page.matchAll(/href="(\/[^"]*)"/g)].map(([, address]) => address)
    expect(links).toHaveLength(3)
    for (const link of links) expect((await fetch(`${url}${link}`)).status, link).toBe(200)
    const json = await fetch(`${url}${path}`)
    expect([json.status, json.headers.get('vary')]).toEqual([404, 'Accept'])
    expect(await json.json()).toMatchObject({ status: 404, error: 'Not Found' })
  }
})

it('the gate alone touches no folder for data', () => {
  expect(existsSync(join('/nowhere'))).toBe(false)
})

it('the gate alone refuses other arguments', async () => {
  const { code, output } = await startProgram('gate', {}, ['events']).ended()
  expect(code).toBe(2)
  expect(output).toBe("Unknown arguments '--only gate events'. Usage: npm run web [-- --only gate]\n")
})
