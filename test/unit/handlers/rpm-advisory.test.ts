import { describe, expect, it } from 'vitest'
import type { DiscoveryEvent } from '../../../src/handlers/handler.ts'
import { handlerFor, handlerOfType } from '../../../src/handlers/index.ts'
import { requestOf } from '../../../src/handlers/rpm-advisory.ts'

const event = (over: Partial<DiscoveryEvent>): DiscoveryEvent => ({
  id: 1,
  messageId: 'message-1',
  searchKey: '1',
  dryRun: false,
  manualTriggered: true,
  requestedRebuilds: null,
  requesterMetadata: null,
  distGitBranch: null,
  brewTarget: null,
  ...over,
})

describe('the request', () => {
  it.each([
    [null, []],
    ['', []],
    ['foo-1-1', ['foo-1-1']],
    ['foo-1-1  bar-1-1\nfoo-1-1 ', ['foo-1-1', 'bar-1-1']],
  ])('reads %j as the images %j', (requestedRebuilds, requested) => {
    expect(requestOf(event({ requestedRebuilds })).requested).toEqual(requested)
  })

  it.each([
    [null, true],
    ['{}', true],
    ['{"skip_rebuilt": true}', true],
    ['{"skip_rebuilt": false, "ticket": 1}', false],
    ['{"skip_rebuilt": "false"}', true],
    ['[1]', true],
    ['{broken', true],
  ])('with metadata %j skips images that were rebuilt: %s', (requesterMetadata, skips) => {
    expect(requestOf(event({ requesterMetadata })).skipsRebuilt).toBe(skips)
  })
})

describe('the handler of RPM advisories', () => {
  it.each([8, 10, 13])('handles events of type %i', (type) => {
    expect(handlerOfType(type)?.name).toBe('RebuildImagesOnRPMAdvisoryChange')
    expect(handlerFor(type, ['module'])?.name).toBe('RebuildImagesOnRPMAdvisoryChange')
    expect(handlerFor(type, ['docker'])).toBeUndefined()
  })

  it('does not handle flatpaks, although their manual event is similar', () => {
    expect(handlerFor(18, ['rpm'])?.name).not.toBe('RebuildImagesOnRPMAdvisoryChange')
  })
})
