import { describe, expect, it } from 'vitest'
import type { Sender } from '../../../../src/api/caller.ts'
import { isLocalOperator } from '../../../../src/api/middleware/local-only.ts'

const HERE: Sender = { address: '127.0.0.1', isDirect: true, isProxied: false, prefix: '', root: '' }
const may = (caller: Partial<Sender>, headers: Record<string, string> = {}) =>
  isLocalOperator({ ...HERE, ...caller }, new Headers({ host: '127.0.0.1:8080', ...headers }))

describe('access to the queues', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1'])('is granted to callers at %s', (address) => {
    expect(may({ address })).toBe(true)
  })

  it.each(['localhost:8080', '[::1]:8080', '127.0.0.1'])('is granted under the name %s', (host) => {
    expect(may({}, { host })).toBe(true)
  })

  it.each(['10.0.0.1', '127.0.0.1.example.com', '::2', undefined])(
    'is denied to callers at %s',
    (address) => {
      expect(may({ address })).toBe(false)
    },
  )

  it('is denied to callers behind a proxy on this machine', () => {
    expect(may({ isDirect: false })).toBe(false)
  })

  it('is denied under a foreign host name that resolves to this machine', () => {
    for (const host of ['evil.example.com:8080', 'localhost.example.com', ''])
      expect(may({}, { host })).toBe(false)
  })

  it('is denied to pages of other sites', () => {
    expect(may({}, { 'sec-fetch-site': 'cross-site' })).toBe(false)
    expect(may({}, { 'sec-fetch-site': 'same-site' })).toBe(false)
    expect(may({}, { 'sec-fetch-site': 'same-origin' })).toBe(true)
    expect(may({}, { 'sec-fetch-site': 'none' })).toBe(true)
  })
})
