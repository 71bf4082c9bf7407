import { describe, expect, it } from 'vitest'
import { callSpan } from '../../../../src/lib/http/call-span.ts'
import type { HttpOptions } from '../../../../src/lib/http/options.ts'

const options = (url: string) => ({ service: 'koji', url }) as HttpOptions // what the span is made of

describe('the span of a call', () => {
  it('names service and operation, and has neither query nor credentials', () => {
    const { name, attributes } = callSpan(options('https://user:pa@ss@hub.example/kojihub'), {
      path: '?session-id=1&session-key=secret',
      label: 'getBuild',
      method: 'POST',
    })
    expect(name).toBe('koji getBuild')
    expect(attributes).toEqual({
      'peer.service': 'koji',
      'http.request.method': 'POST',
      'url.full': 'https://user:***@hub.example/kojihub',
    })
  })

  it('is named by the method where there is no label: paths have ids', () => {
    expect(callSpan(options('http://et'), { path: '/advisory/7' }).name).toBe('koji GET')
  })

  it('hides a token in place of a user', () => {
    const { attributes } = callSpan(options('https://t0ken@git.example'), { path: '/a' })
    expect(attributes?.['url.full']).not.toContain('t0ken')
  })
})
