/** Checks which hosts `NO_PROXY` excepts. */
import { expect, it } from 'vitest'
import { isExcepted } from '../../../../../src/lib/http/connections/through-proxy.ts'

it.each([
  ['koji.example.com', '', ['example.com'], true],
  ['koji.example.com', '', ['.example.com'], true],
  ['koji.example.com', '', ['*.example.com'], true],
  ['KOJI.example.com', '', ['koji.EXAMPLE.com'], true],
  ['example.com', '', ['.example.com'], true],
  ['notexample.com', '', ['example.com'], false],
  ['example.com.evil.test', '', ['example.com'], false],
  ['koji.example.com', '', ['other.test', '*'], true],
  ['koji.example.com', '', ['example.com:443'], true],
  ['koji.example.com', '8443', ['example.com:443'], false],
  ['koji.example.com', '8443', ['example.com:8443'], true],
  ['10.0.0.7', '', ['10.0.0.7'], true],
  ['::7', '', ['::7'], true],
  ['[::7]', '8443', ['[::7]:8443'], true],
  ['10.1.2.3', '', ['10.0.0.0/8'], true],
  ['10.1.2.3', '', ['10.0.0.0/8:443'], true],
  ['11.1.2.3', '', ['10.0.0.0/8'], false],
  ['10.1.2.3', '', ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '/8', '10.0/8'], false],
  ['[fd00::7]', '', ['fd00::/8'], true],
  ['fe80::7', '', ['fd00::/8'], false],
  ['10.1.2.3', '', ['::/0'], false],
  ['koji.example.com', '', ['0.0.0.0/0'], false],
  ['koji.example.com', '', [], false],
  ['koji.example.com', '', ['.', ':443'], false],
])('%s, port %j: NO_PROXY=%j: %s', (host, port, except, expected) => {
  expect(isExcepted(host, port, except)).toBe(expected)
})
