import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createSenderReader, withoutPrefix } from '../../../src/api/caller.ts'
import { BadSettings } from '../../../src/lib/errors.ts'

const PUBLIC = 'https://rebuilds.example.com'
const FORWARDED = {
  'x-forwarded-host': 'outside.example.com',
  'x-scheme': 'https',
  'x-script-name': '/fresh',
  'x-forwarded-for': '203.0.113.9',
}

function read(trusted: string[], peer: string, headers: Record<string, string>) {
  const incoming = { socket: { remoteAddress: peer } } as IncomingMessage // only the address is read
  return createSenderReader(trusted, () => PUBLIC)(new Headers(headers), incoming)
}

describe('a caller without a trusted proxy', () => {
  it('is the peer itself, whatever its headers say', () => {
    expect(read(['10.0.0.1'], '10.0.0.2', FORWARDED)).toEqual({
      address: '10.0.0.2',
      isDirect: false,
      isProxied: false,
      prefix: '',
      root: PUBLIC,
    })
  })

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])('is not direct when it sends %s', (name) => {
    expect(read([], '127.0.0.1', {}).isDirect).toBe(true)
    expect(read([], '127.0.0.1', { [name]: 'x' }).isDirect).toBe(false)
  })

  it('has its IPv4 address on an IPv6 socket', () => {
    expect(read([], '::ffff:127.0.0.1', {}).address).toBe('127.0.0.1')
  })
})

describe('a caller behind a trusted proxy', () => {
  it('has the address, host, scheme and prefix that the proxy reports', () => {
    expect(read(['10.0.0.1'], '10.0.0.1', FORWARDED)).toEqual({
      address: '203.0.113.9',
      isDirect: false,
      isProxied: true,
      prefix: '/fresh',
      root: 'https://outside.example.com/fresh',
    })
  })

  it.each([
    ['10.0.0.0/8', '10.200.3.4'],
    ['::1', '::1'],
    ['2001:db8::/32', '2001:db8::7'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
  ])('is recognized when %s is trusted and the peer is %s', (trusted, peer) => {
    expect(read([trusted], peer, FORWARDED).prefix).toBe('/fresh')
  })

  it('is the last hop that is not a trusted proxy, because earlier hops can be forged', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' }
    expect(read(['10.0.0.0/8'], '10.0.0.1', headers).address).toBe('203.0.113.9')
  })

  it.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['203.0.113.9, 10.0.0.2:80', '203.0.113.9'],
    ['203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'],
    ['10.0.0.9, 10.0.0.2', '10.0.0.9'],
  ])('has the address in %s, with or without a port', (hops, address) => {
    expect(read(['10.0.0.0/8'], '10.0.0.1', { 'x-forwarded-for': hops }).address).toBe(address)
  })

  it.each(['unknown', '_hidden', '<script>', '203.0.113.9 x', '[203.0.113.9', '1.2.3', 'a'.repeat(3000)])(
    'has no address when the last hop is %s, rather than one that may be forged',
    (hop) => {
      const headers = { 'x-forwarded-for': `203.0.113.9, ${hop}, 10.0.0.2` }
      expect(read(['10.0.0.0/8'], '10.0.0.1', headers).address).toBeUndefined()
    },
  )

  it('has an unknown address when the proxy reports none', () => {
    expect(read(['10.0.0.1'], '10.0.0.1', {})).toMatchObject({
      address: undefined,
      isDirect: false,
      root: PUBLIC,
    })
  })

  it('has the host that the proxy itself added last', () => {
    const headers = { 'x-forwarded-host': 'evil.example.com, outside.example.com' }
    expect(read(['10.0.0.1'], '10.0.0.1', headers).root).toBe('https://outside.example.com')
  })

  it.each([
    ['x-script-name', '//evil.example.com'],
    ['x-script-name', '/a"><script>'],
    ['x-forwarded-prefix', '//evil.example.com'],
    ['x-forwarded-prefix', '/fresh, /../other'],
    ['x-forwarded-host', 'a b'],
    ['x-forwarded-host', 'host/path'],
    ['x-forwarded-host', 'user@host'],
    ['x-forwarded-host', 'host:99999'],
    ['x-forwarded-host', '[:::::]'],
    ['x-forwarded-host', '1.2.3.4.5'],
    ['x-script-name', '/../other'],
    ['x-script-name', '/a/.'],
  ])('is not misled by %s: %s', (name, value) => {
    const { prefix, root } = read(['10.0.0.1'], '10.0.0.1', { [name]: value })
    expect({ prefix, root }).toEqual({ prefix: '', root: PUBLIC })
  })

  it.each([
    ['https://inside.example.com', 'https://inside.example.com/fresh'],
    ['https://inside.example.com/fresh', 'https://inside.example.com/fresh'],
    ['https://inside.example.com/all/fresh', 'https://inside.example.com/all/fresh'],
    ['https://fresh', 'https://fresh/fresh'],
  ])('is reached below its prefix at %s when the proxy names no host', (publicUrl, root) => {
    const readSender = createSenderReader(['10.0.0.1'], () => publicUrl)
    const headers = new Headers({ 'x-script-name': '/fresh' })
    const incoming = { socket: { remoteAddress: '10.0.0.1' } } as IncomingMessage
    expect(readSender(headers, incoming)).toMatchObject({ prefix: '/fresh', root })
  })

  it.each([
    [{ 'x-forwarded-prefix': '/fresh/' }, '/fresh'],
    [{ 'x-forwarded-prefix': '/sent-by-the-caller, /fresh' }, '/fresh'],
    [{ 'x-forwarded-prefix': '/other', 'x-script-name': '/fresh' }, '/fresh'],
  ])('is reached below the prefix that the proxy names in %j', (headers, prefix) => {
    expect(read(['10.0.0.1'], '10.0.0.1', headers)).toMatchObject({ prefix, root: `${PUBLIC}${prefix}` })
    expect(read(['10.0.0.1'], '10.0.0.2', headers)).toMatchObject({ prefix: '', root: PUBLIC })
  })

  it('has the scheme of the public URL when the proxy reports an unknown one', () => {
    const headers = { 'x-forwarded-host': 'h', 'x-scheme': 'javascript' }
    expect(read(['10.0.0.1'], '10.0.0.1', headers).root).toBe('https://h')
  })
})

describe('trusted proxies', () => {
  it('are rejected when they are not addresses, each by name', () => {
    const bad = ['proxy.example.com', '10.0.0.0/33', '10.0.0.0/x', '', '::1/200']
    const reading = () => createSenderReader([...bad, '10.0.0.1'], () => PUBLIC)
    expect(reading).toThrow(BadSettings)
    for (const entry of bad)
      expect(reading).toThrow(`trusted_proxies: ${entry} is not an IP address or CIDR range`)
  })
})

describe('a path', () => {
  it('loses the prefix that a proxy left in it, and nothing else', () => {
    expect(withoutPrefix('/fresh/api/1/events/', '/fresh')).toBe('/api/1/events/')
    expect(withoutPrefix('/fresh', '/fresh')).toBe('/')
    expect(withoutPrefix('/freshest/api', '/fresh')).toBe('/freshest/api')
    expect(withoutPrefix('/api/1/events/', '')).toBe('/api/1/events/')
  })
})
