/** Which redirects of a git web server are followed. */
import { expect, it } from 'vitest'
import { redirectFault } from '../../../../src/clients/distgit/public-address.ts'

const judge = (from: string, to: string) => redirectFault(new URL(from), URL.parse(to))

it.each([
  ['http://git.example.com/a', 'http://git.example.com/b'],
  ['http://git.example.com/a', 'https://git.example.com/a'],
  ['http://git.example.com:8080/a', 'https://git.example.com:8080/a'],
  ['https://git.example.com/a', 'https://git.example.com:443/b'],
])('from %s to %s is followed', (from, to) => {
  expect(judge(from, to)).toBeNull()
})

it.each([
  ['https://git.example.com/a', 'http://git.example.com/a', 'redirects to another protocol'],
  ['http://git.example.com/a', 'ftp://git.example.com/a', 'redirects to another protocol'],
  ['http://git.example.com/a', 'https://www.git.example.com/a', 'redirects to another host'],
  ['http://git.example.com/a', 'https://git.example.com:8443/a', 'redirects to another host'],
  ['http://git.example.com:8080/a', 'https://git.example.com/a', 'redirects to another host'],
  ['http://git.example.com/a', 'http://[broken', 'redirects to another host'],
])('from %s to %s is not: %s', (from, to, fault) => {
  expect(judge(from, to)).toBe(fault)
})
