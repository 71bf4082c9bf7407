/** Checks which addresses count as public, the look-up that returns only these, and which redirects are followed. */
import { describe, expect, it } from 'vitest'
import {
  isPublicAddress,
  lookUpPublic,
  redirectFault,
} from '../../../../src/clients/distgit/public-address.ts'

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '193.0.0.1',
    '2606:4700::1111',
    '2a00::1',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.255.255.254',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fd00::1',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::7f00:1',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:0:127.0.0.1',
    '2001:0:7f00:1::1',
    'fec0::1',
    'feff::1',
    'localhost',
    '',
  ])('%j is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the look-up of public addresses', () => {
  it.each([true, false])('rejects the addresses of this machine (all: %s)', async (all) => {
    const answer = await new Promise((resolve) => {
      lookUpPublic('localhost', { all }, (error) => resolve(error))
    })
    expect(answer).toMatchObject({
      code: 'ENOTFOUND',
      message: expect.stringContaining('localhost has no public address'),
    })
  })
})

describe('a redirect', () => {
  const fault = (from: string, to: string) => redirectFault(new URL(from), URL.parse(to))

  it.each([
    ['http://git.example.com/a', 'http://git.example.com/b'],
    ['http://git.example.com/a', 'https://git.example.com/a'],
    ['http://git.example.com:8080/a', 'https://git.example.com:8080/a'],
    ['https://git.example.com/a', 'https://git.example.com:443/b'],
  ])('from %s to %s is followed', (from, to) => {
    expect(fault(from, to)).toBeNull()
  })

  it.each([
    ['https://git.example.com/a', 'http://git.example.com/a', 'redirects to another protocol'],
    ['http://git.example.com/a', 'ftp://git.example.com/a', 'redirects to another protocol'],
    ['http://git.example.com/a', 'https://www.git.example.com/a', 'redirects to another host'],
    ['http://git.example.com/a', 'https://git.example.com:8443/a', 'redirects to another host'],
    ['http://git.example.com:8080/a', 'https://git.example.com/a', 'redirects to another host'],
    ['http://git.example.com/a', 'http://[broken', 'redirects to another host'],
  ])('from %s to %s is not followed: %s', (from, to, reason) => {
    expect(fault(from, to)).toBe(reason)
  })
})
