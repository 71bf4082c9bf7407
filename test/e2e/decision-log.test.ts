/** Checks what is logged about a decision that cannot be made: its subjects, contexts, cause, and the request that waited. */
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../src/lib/loopback.ts'
import { labForTest } from '../support/lab/lab.ts'
import { startProgram } from '../support/programs/service-process.ts'
import { DEAD_URL } from '../support/servers/http-server.ts'

const REQUEST_ID = 'waiting-client-7'
const subjects = Array.from({ length: 5 }, (_none, n) => ({ type: 'koji_build', item: `package-${n}-1-1` }))

/** Sends one request to a gate with this environment; returns the answer and the log. */
async function decideWith(env: Record<string, string>, body: object) {
  const port = await freePort()
  const gate = startProgram('gate', { PORT: String(port), ...env })
  onTestFinished(async () => void (await gate.stop()))
  await gate.ready()
  const response = await fetch(`http://127.0.0.1:${port}/api/v1.0/decision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': REQUEST_ID },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as object // an object, as every answer of the gate
  await gate.stop()
  const lines = gate
    .output()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>) // pino writes one object in a line
  return {
    status: response.status,
    answer,
    linesOf: (msg: string) => lines.filter((line) => line.msg === msg),
  }
}

it('the log names the first subjects and contexts with their numbers, and retries name the request that waits', async () => {
  const { urls } = await labForTest()
  const { status, linesOf } = await decideWith(
    { ...urls, RESULTSDB_API_URL: `${DEAD_URL}/api/v2.0` },
    { decision_context: 'bodhi_update_push_stable', product_version: 'fedora-26', subject: subjects },
  )
  expect(status).toBe(502)
  expect(linesOf('no decision')).toEqual([
    expect.objectContaining({
      requestId: REQUEST_ID,
      kind: 'upstream-failed',
      reason: expect.stringContaining('resultsdb'),
      subjects: ['koji_build package-0-1-1', 'koji_build package-1-1-1', 'koji_build package-2-1-1'],
      subjectCount: 5,
      contexts: ['bodhi_update_push_stable'],
      contextCount: 1,
      productVersion: 'fedora-26',
    }),
  ])
  const retries = linesOf('retrying request')
  expect(retries.length).toBeGreaterThan(0)
  for (const { requestId } of retries) expect(requestId).toBe(REQUEST_ID)
})

it('the log gives the cause behind the text of the original, as the answer does in `explanation`', async () => {
  const { urls } = await labForTest()
  const { status, answer, linesOf } = await decideWith(
    { ...urls, KOJI_BASE_URL: DEAD_URL },
    {
      product_version: 'fedora-26',
      subject_type: 'koji_build',
      subject_identifier: 'package-0-1-1',
      rules: [{ type: 'RemoteRule', required: true }],
    },
  )
  expect([status, answer]).toEqual([
    502,
    {
      message: 'Unexpected error while fetching remote policies',
      explanation: expect.stringMatching(/Could not reach Koji: .*ECONNREFUSED/),
    },
  ])
  expect(linesOf('no decision')).toEqual([
    expect.objectContaining({
      requestId: REQUEST_ID,
      subjects: ['koji_build package-0-1-1'],
      contexts: [],
      cause: Object(answer).explanation,
    }),
  ])
  for (const { requestId } of linesOf('retrying request')) expect(requestId).toBe(REQUEST_ID)
  expect(linesOf('retrying request').length).toBeGreaterThan(0)
})
