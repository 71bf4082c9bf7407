/** A dead service gets at most four requests for one decision, however many subjects and rules that has. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { request } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const MAX_REQUESTS = 4
const SUBJECTS = [1, 50, 500]

/** What a dead server does with a request. */
const DEATHS: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  'answers 503': (_request, response) => void response.writeHead(503).end(),
  'answers half a line': (_request, response) => void response.writeHead(500).end('{"'),
  'resets the connection': ({ socket }) => socket.resetAndDestroy(),
  hangs: () => undefined,
}

/** A server that counts what reaches it. */
async function deadServer(death: string) {
  let requests = 0
  const server = createServer((incoming, response) => {
    requests += 1
    DEATHS[death]?.(incoming, response)
  })
  return { url: await listen(server), requests: () => requests }
}

/** A server that takes no connection: each is refused with a reset, before a request is read. */
async function refusingServer() {
  let connections = 0
  const server = createTcpServer((socket: Socket) => {
    connections += 1
    socket.resetAndDestroy()
  })
  return { url: await listen(server), requests: () => connections }
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  if ('closeAllConnections' in server)
    onTestFinished(() => (server as ReturnType<typeof createServer>).closeAllConnections()) // it has the method
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

const start = (death: string) => (death === 'refuses' ? refusingServer() : deadServer(death))
const KINDS = [...Object.keys(DEATHS), 'refuses']
const CASES = KINDS.flatMap((death) => SUBJECTS.map((count) => [death, count] as const))
/** The client's own attempts, so that the limit of the decision is what counts. */
const client = { timeoutMs: 300, concurrency: 8, retry: { attempts: 4, firstDelayMs: 1 } }
const subjectsOf = (count: number) =>
  Array.from({ length: count }, (_none, n) => ({ type: 'koji_build', item: `package-number-${n}-1-1` }))
const demand = (type: string, more = {}) => ({ type, ...more })
const onDemand = (rules: object[], count: number) => ({
  product_version: 'fedora-26',
  subject: subjectsOf(count),
  rules,
})

describe.each(CASES)(
  'when a service %s, a decision about %i subjects sends it few requests',
  (death, count) => {
    it('ResultsDB', async () => {
      const dead = await start(death)
      const { decide } = await gateLab({ urls: { resultsDb: dead.url }, client })
      await expect(decide(request({ subject: subjectsOf(count) }))).rejects.toThrow(/upstream server|status/)
      await expectFew(dead.requests)
    })

    it('ResultsDB, by rules of the request', async () => {
      const dead = await start(death)
      const { decide } = await gateLab({ urls: { resultsDb: dead.url }, client })
      const rules = [demand('PassingTestCaseRule', { test_case_name: 't' })]
      await expect(decide(onDemand(rules, count))).rejects.toThrow(/upstream server|status/)
      await expectFew(dead.requests)
    })

    it('WaiverDB', async () => {
      const dead = await start(death)
      const { decide } = await gateLab({ urls: { waiverDb: dead.url }, client })
      await expect(decide(request({ subject: subjectsOf(count) }))).rejects.toThrow(/upstream server|status/)
      await expectFew(dead.requests)
    })

    it('Koji', async () => {
      const dead = await start(death)
      const { decide } = await gateLab({ urls: { koji: dead.url }, client })
      const rules = [demand('RemoteRule', { required: true })]
      await expect(decide(onDemand(rules, count))).rejects.toThrow(/./)
      await expectFew(dead.requests)
    })

    it('a server of rule files', async () => {
      const dead = await start(death)
      const template = `${dead.url}/{pkg_namespace}/{pkg_name}/{rev}/gating.yaml`
      // The lab's hub answers about all builds first, which takes longer than a dead server is waited for.
      const { decide, putBuild } = await gateLab({
        client: { ...client, timeoutMs: 3000 },
        settings: { remoteRulePolicies: new Map([['*', [template]]]) },
      })
      for (const { item } of subjectsOf(count)) putBuild(item, `git://example.com/rpms/${item}#c${item}`)
      const rules = [demand('RemoteRule', { required: true })]
      await expect(decide(onDemand(rules, count))).rejects.toThrow(/./)
      await expectFew(dead.requests)
    })
  },
)

async function expectFew(requests: () => number): Promise<void> {
  expect(requests()).toBeGreaterThan(0)
  expect(requests()).toBeLessThanOrEqual(MAX_REQUESTS)
}
