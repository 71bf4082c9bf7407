import { describe, expect, it } from 'vitest'
import { presentBuild } from '../../../src/present/build.ts'
import { buildRecord } from '../../support/api/records.ts'

describe('a build as JSON', () => {
  it('has every field of the API under its original name', () => {
    expect(presentBuild(buildRecord(), '')).toEqual({
      id: 21837,
      name: 'httpd-container',
      original_nvr: 'httpd-container-2.4-1',
      rebuilt_nvr: 'httpd-container-2.4-1.1561731291',
      type: 1,
      type_name: 'IMAGE',
      state: 1,
      state_name: 'DONE',
      state_reason: 'Built successfully.',
      dep_on: 'fedora-30-container',
      dep_on_id: 21657,
      time_submitted: '2019-06-28T14:14:51Z',
      time_completed: '2019-06-29T03:28:56Z',
      event_id: 16730,
      build_id: 22429387,
      url: '/api/1/builds/21837',
      build_args: { branch: 'f30', target: 'f30' },
      odcs_composes: [12, 7],
      rebuild_reason: 'directly_affected',
    })
  })

  it('lists its keys alphabetically', () => {
    const keys = Object.keys(presentBuild(buildRecord(), ''))
    expect(keys).toEqual(keys.toSorted())
  })

  it('shows unknown values as null, and missing build_args as an empty object', () => {
    const unknown = buildRecord({
      originalNvr: null,
      rebuiltNvr: null,
      type: null,
      stateReason: null,
      timeCompleted: null,
      depOnId: null,
      depOnName: null,
      eventId: null,
      buildId: null,
      buildArgs: null,
      rebuildReason: null,
      odcsComposeIds: [],
    })
    expect(presentBuild(unknown, '')).toMatchObject({
      original_nvr: null,
      rebuilt_nvr: null,
      type: null,
      type_name: null,
      state_reason: null,
      time_completed: null,
      dep_on: null,
      dep_on_id: null,
      event_id: null,
      build_id: null,
      build_args: {},
      rebuild_reason: 'unknown',
      odcs_composes: [],
    })
  })

  it.each([
    [0, 'BUILD'],
    [1, 'DONE'],
    [2, 'FAILED'],
    [3, 'CANCELED'],
    [4, 'PLANNED'],
  ])('calls state %i %s', (state, name) => {
    expect(presentBuild(buildRecord({ state }), '').state_name).toBe(name)
  })

  it.each([
    [0, 'unknown'],
    [1, 'directly_affected'],
    [2, 'dependency'],
  ])('calls rebuild reason %i %s', (rebuildReason, name) => {
    expect(presentBuild(buildRecord({ rebuildReason }), '').rebuild_reason).toBe(name)
  })

  it('has an absolute url in messages', () => {
    const { url } = presentBuild(buildRecord(), 'https://rebuilds.example.com')
    expect(url).toBe('https://rebuilds.example.com/api/1/builds/21837')
  })
})
