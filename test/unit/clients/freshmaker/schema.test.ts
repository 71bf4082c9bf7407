/** Rows of Freshmaker as two databases write them, and every kind of odd value. */
import { describe, expect, it } from 'vitest'
import { readRow } from '../../../../src/clients/freshmaker/schema.ts'

const BUILD = {
  id: '1',
  name: 'a',
  originalNvr: null,
  rebuiltNvr: null,
  type: '1',
  state: '1',
  stateReason: null,
  timeSubmitted: '2026-01-02 03:04:05',
  timeCompleted: null,
  depOnId: null,
  eventId: '7',
  taskId: null,
  buildArgs: null,
  rebuildReason: '1',
  bundlePullspecOverrides: null,
}
const EVENT = {
  id: '1',
  messageId: 'm',
  searchKey: '1',
  eventTypeId: '8',
  released: 't',
  state: '2',
  stateReason: null,
  timeCreated: null,
  timeDone: null,
  dryRun: '0',
  requester: null,
  requestedRebuilds: null,
  requesterMetadata: null,
  manualTriggered: null,
}
const submitted = (timeSubmitted: string) => {
  const read = readRow('artifact_builds', { ...BUILD, timeSubmitted })
  return 'row' in read ? read.row.timeSubmitted : read.odd
}

describe('a time', () => {
  it.each([
    ['2026-01-02 03:04:05', '2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05.123456', '2026-01-02T03:04:05.123456Z'],
    ['2026-01-02T03:04:05.1', '2026-01-02T03:04:05.1Z'],
    ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05Z'],
    ['2024-02-29 00:00:00', '2024-02-29T00:00:00Z'],
  ])('%s is UTC', (written, time) => expect(submitted(written)).toBe(time))

  it.each([
    '',
    'infinity',
    '2026-02-30 00:00:00',
    '2026-01-02',
    '2026-01-02 25:00:00',
    '0000-01-01 00:00:00',
    '2026-01-02 03:04:05+02',
    '1735787045',
  ])('%s is odd', (written) => expect(submitted(written)).toBe(`time_submitted is not a time: ${written}`))
})

it.each([
  ['t', true],
  ['f', false],
  ['1', true],
  ['0', false],
  ['true', true],
])('a boolean may be written as %s', (released, value) => {
  expect(readRow('events', { ...EVENT, released })).toMatchObject({ row: { released: value } })
})

it.each([
  [{ id: '2000000001' }, 'id is above 2000000000'],
  [{ id: '1e3' }, 'id is not a number that a column can hold: 1e3'],
  [{ taskId: '2147483648' }, 'build_id is not a number that a column can hold: 2147483648'],
  [{ state: '\\x00' }, 'state is not a number that a column can hold: \\x00'],
  [{ name: null, state: null }, 'name is null; state is null'],
  [{ buildArgs: 'x'.repeat(100) }, `build_args is not valid JSON: ${'x'.repeat(40)}…`],
])('%j is odd', (fields, odd) => {
  expect(readRow('artifact_builds', { ...BUILD, ...fields })).toEqual({ odd })
})

it.each([
  ['', { retryCount: 0, target: null }],
  ['[]', { retryCount: 0, target: null }],
  ['{"retry_count": 2, "target": "t"}', { retryCount: 2, target: 't' }],
  ['{"retry_count": -1, "target": 5}', { retryCount: 0, target: null }],
])('the arguments %s fill columns of their own', (buildArgs, columns) => {
  expect(readRow('artifact_builds', { ...BUILD, buildArgs })).toMatchObject({ row: columns })
})
