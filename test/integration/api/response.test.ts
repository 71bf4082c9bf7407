/** Headers that are set before there is a response, and what takes their place. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { PresetResponse } from '../../../src/api/response.ts'

const ANSWERS: Record<string, (response: PresetResponse) => unknown> = {
  'no headers': (response) => response.writeHead(201),
  'a message': (response) => response.writeHead(201, 'Made'),
  'an object': (response) =>
    response.writeHead(201, { 'X-Frame-Options': 'DENY', 'Set-Cookie': ['a=1', 'b=2'] }),
  'a message and an object': (response) => response.writeHead(201, 'Made', { 'X-Frame-Options': 'DENY' }),
  'a list': (response) => response.writeHead(201, ['X-Frame-Options', 'DENY', 'Set-Cookie', 'a=1']),
  'no call': (response) => Object.assign(response, { statusCode: 201 }),
}
const OVERRIDING = ['an object', 'a message and an object', 'a list']

it.each(Object.keys(ANSWERS))('a head with %s has the presets, but for what it sets itself', async (name) => {
  const server = createServer({ ServerResponse: PresetResponse }, (_request, response) => {
    Object.assign(response.presets, { 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer' })
    ANSWERS[name]?.(response)
    response.end('body')
  })
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect(response.status).toBe(201)
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  expect(response.headers.get('x-frame-options')).toBe(OVERRIDING.includes(name) ? 'DENY' : 'SAMEORIGIN')
  if (name.includes('message')) expect(response.statusText).toBe('Made')
  expect(response.headers.getSetCookie()).toEqual(
    { 'an object': ['a=1', 'b=2'], 'a list': ['a=1'] }[name] ?? [],
  )
  expect(await response.text()).toBe('body')
})
