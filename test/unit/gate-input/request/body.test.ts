/** Bodies that are not valid JSON, and those that count as JSON (behaviour/greenwave 3.1). */
import { describe, expect, it } from 'vitest'
import { parseJsonBody } from '../../../../src/gate-input/request/body.ts'
import { bytes } from '../../../support/gate/builders.ts'
import { refusal } from '../../../support/gate/requests.ts'

describe('a body', () => {
  it('with another content type is refused as not-json', () => {
    const message =
      "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
    for (const type of [
      undefined,
      '',
      'text/plain',
      'application/jsonp',
      'application/x-www-form-urlencoded',
    ]) {
      expect(refusal(() => parseJsonBody(type, bytes('{"a":1}')))).toEqual({ kind: 'not-json', message })
    }
  })

  it('may have any JSON content type, with parameters', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/ld+json',
      'application/+json',
      'Application/JSON ;x',
    ]) {
      expect(parseJsonBody(type, bytes('{"a":1}'))).toEqual({ a: 1 })
    }
  })

  it('that is not valid JSON is refused', () => {
    const message = 'The browser (or proxy) sent a request that this server could not understand.'
    for (const body of ['', 'not a json', '{', '{"a":1}x']) {
      expect(refusal(() => parseJsonBody('application/json', bytes(body)))).toEqual({
        kind: 'bad-request',
        message,
      })
    }
  })

  it('that is not UTF-8 is refused, but a byte order mark is accepted', () => {
    const latin1 = Uint8Array.from(Buffer.from('{"product_version":"\xe9"}', 'latin1')).buffer
    expect(refusal(() => parseJsonBody('application/json', latin1)).kind).toBe('bad-request')
    expect(parseJsonBody('application/json', bytes('\ufeff{"a":1}'))).toEqual({ a: 1 })
  })

  it('without content is refused as not-json', () => {
    for (const body of ['{}', '[]', 'null', '0', '""', 'false']) {
      const error = refusal(() => parseJsonBody('application/json', bytes(body)))
      expect(error).toEqual({ kind: 'not-json', message: 'No JSON payload in request' })
    }
  })
})
