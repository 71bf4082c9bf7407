import { expect, it } from 'vitest'
import { isLoopback } from '../../../src/lib/loopback.ts'

it.each([
  ['localhost', true],
  ['::1', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example.com', false],
  ['10.127.0.1', false],
  ['localhost.example.com', false],
])('%s is reached from this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
