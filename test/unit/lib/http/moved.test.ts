/** What a request with content takes along to the address it has moved to. */
import { expect, test } from 'vitest'
import { headersFor } from '../../../../src/lib/http/moved.ts'

const headers = {
  Authorization: 'Bearer t',
  cookie: 'a=b',
  'Proxy-Authorization': 'Basic x',
  'x-request': 'r',
}

test.each([
  ['http://odcs.example.com/composes', 'http://odcs.example.com/composes/'],
  ['http://odcs.example.com/composes', 'https://odcs.example.com/composes'],
  ['http://odcs.example.com:80/composes', 'https://odcs.example.com:443/composes'],
])('credentials go from %s to %s', (first, address) => {
  expect(headersFor({ first, address }, headers)).toEqual(headers)
})

test.each([
  ['http://odcs.example.com/composes', 'https://odcs.example.com:8443/composes'],
  ['http://odcs.example.com:8080/composes', 'https://odcs.example.com/composes'],
  ['http://odcs.example.com/composes', 'https://odcs.example.net/composes'],
  ['https://odcs.example.com/composes', 'http://odcs.example.com/composes'],
  ['https://odcs.example.com/composes', 'https://odcs.example.com:8443/composes'],
])('credentials do not go from %s to %s', (first, address) => {
  expect(headersFor({ first, address }, headers)).toEqual({ 'x-request': 'r' })
})
