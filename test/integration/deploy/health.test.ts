/** The health check of a container: it finds a process that serves HTTPS, whichever setting named the certificate. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { CERTIFICATE, PRIVATE_KEY } from '../../support/servers/test-certificate.ts'

const TLS = { cert: CERTIFICATE, key: PRIVATE_KEY }
const answer = (status: number) => (_: unknown, response: { writeHead(status: number): { end(): void } }) =>
  response.writeHead(status).end()

async function check(server: Server, env: Record<string, string>, variable = 'PORT') {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // a TCP server, never a pipe
  const child = spawn(process.execPath, ['bin/health.mjs'], {
    env: { ...env, [variable]: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let problem = ''
  child.stderr.on('data', (data) => {
    problem += data
  })
  const [code] = await once(child, 'close')
  return { code, problem }
}

it.each([
  ['HTTP', () => createHttpServer(answer(200)), {}],
  ['HTTPS by TLS_CERT', () => createHttpsServer(TLS, answer(200)), { TLS_CERT: '/tls.crt' }],
  ['HTTPS by the settings file', () => createHttpsServer(TLS, answer(200)), {}],
] as const)('%s', async (_name, serve, env) => {
  expect(await check(serve(), env)).toEqual({ code: 0, problem: '' })
})

it('a process that answers something else is not live, and METRICS_PORT is requested by HTTP alone', async () => {
  const { code, problem } = await check(createHttpServer(answer(500)), {}, 'METRICS_PORT')
  expect(code).toBe(1)
  expect(problem).toMatch(/^http:\S+\/health\/live: it answers 500\n$/)
})
