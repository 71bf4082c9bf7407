/** The standing of a build: which of several reasons is named, and the sentence for each kind. */
import { describe, expect, it } from 'vitest'
import {
  type Circumstances,
  STANDING_KINDS,
  type StandingFacts,
  type StandingKind,
  standingOf,
} from '../../../../src/domain/rebuild/standing.ts'
import { standingText } from '../../../../src/domain/rebuild/standing-text.ts'
import { buildText } from '../../../../src/domain/rebuild/texts.ts'

const NOW = new Date('2026-11-28T12:00:00Z')
const LATER = new Date('2026-11-28T12:10:00Z')
const EARLIER = new Date('2026-11-28T11:50:00Z')

const PLANNED: StandingFacts = {
  id: 7,
  name: 'httpd-container',
  originalNvr: 'httpd-container-2.4-1',
  rebuiltNvr: null,
  state: 'PLANNED',
  eventState: 'BUILDING',
  parent: { id: 5, name: 'base-container', state: 'DONE' },
  taskId: null,
  taskSubmittedAt: null,
  completedAt: null,
  stateReason: null,
  failureDetail: null,
  retryCount: 0,
  submitAfter: null,
  claimUntil: null,
  target: 'el8',
  composes: [],
  openRequests: 0,
  waits: [],
  cancellation: null,
}
const CIRCUMSTANCES: Circumstances = {
  now: NOW,
  limits: undefined,
  inFlight: { total: 0, onTarget: new Map() },
  lookedAt: EARLIER,
}
const ODCS = { service: 'odcs', blame: 'service', detail: 'HTTP 503', since: EARLIER, nextAt: LATER } as const
const UNVERIFIED = { service: null, blame: null, detail: 'Koji lists no RPMs', since: EARLIER, nextAt: LATER }
const parent = (state: 'BUILD' | 'FAILED') => ({ id: 5, name: 'base-container', state })

type Case = [facts: Partial<StandingFacts>, isReady: boolean, sentence: string, now?: Partial<Circumstances>]

const CASES: Record<StandingKind, Case[]> = {
  event: [
    [{ eventState: 'INITIALIZED' }, false, 'Waits until its event is planned.'],
    [{ eventState: 'FAILED' }, false, 'Will not be submitted: its event is FAILED.'],
  ],
  parent: [
    [
      { parent: parent('BUILD'), waits: [ODCS], composes: [{ odcsId: 3, state: null }] },
      false,
      'Waits for its parent base-container (build 5), which is being built.',
    ],
  ],
  service: [
    [{ waits: [ODCS] }, true, 'Waits for odcs, next attempt 2026-11-28T12:10:00Z: HTTP 503'],
    [
      { waits: [ODCS], composes: [{ odcsId: 3, state: 'wait' }] },
      false,
      'Waits for odcs, next attempt 2026-11-28T12:10:00Z: HTTP 503',
    ],
    [
      { state: 'BUILD', taskId: 12, waits: [UNVERIFIED, ODCS] },
      false,
      'Waits for odcs, next attempt 2026-11-28T12:10:00Z: HTTP 503',
    ],
  ],
  'compose-request': [
    [{ openRequests: 1 }, false, 'Waits until ODCS has accepted the requests for a compose.'],
    [{ openRequests: 2 }, false, 'Waits until ODCS has accepted the requests for 2 composes.'],
  ],
  compose: [
    [
      {
        composes: [
          { odcsId: 3, state: 'generating' },
          { odcsId: 4, state: null },
        ],
      },
      false,
      'Waits until 2 composes can be used: 3 is generating, 4 is not reported yet.',
    ],
  ],
  delay: [
    [
      { retryCount: 1, submitAfter: LATER },
      false,
      'Waits for the delay before try 2, until 2026-11-28T12:10:00Z.',
    ],
  ],
  verification: [
    [
      { state: 'BUILD', taskId: 12, waits: [UNVERIFIED] },
      false,
      'Waits until its result can be verified, next attempt 2026-11-28T12:10:00Z: Koji lists no RPMs',
    ],
    [
      { waits: [UNVERIFIED] },
      true,
      'Waits until its result can be verified, next attempt 2026-11-28T12:10:00Z: Koji lists no RPMs',
    ],
  ],
  submission: [
    [{ claimUntil: LATER }, true, 'Its submission is under way, until 2026-11-28T12:10:00Z at the latest.'],
    [{ claimUntil: EARLIER }, true, 'Its submission got no answer; its task is searched for next.'],
  ],
  slot: [
    [
      {},
      true,
      'Ready, waits for a slot: 4 of 4 in use.',
      { limits: { all: 4, eachTarget: 1 }, inFlight: { total: 4, onTarget: new Map([['el8', 1]]) } },
    ],
    [
      {},
      true,
      'Ready, waits for a slot: 1 of 1 in use on target el8.',
      { limits: { all: 9, eachTarget: 1 }, inFlight: { total: 4, onTarget: new Map([['el8', 1]]) } },
    ],
  ],
  queue: [
    [{ submitAfter: EARLIER }, true, 'Ready, waits for its turn in the queue of submissions.'],
    [
      { parent: null },
      true,
      'Ready, waits for its turn in the queue of submissions.',
      { limits: { all: 9, eachTarget: 2 }, inFlight: { total: 4, onTarget: new Map([['el8', 1]]) } },
    ],
  ],
  'build-system': [
    [
      { state: 'BUILD', taskId: 12, taskSubmittedAt: EARLIER },
      false,
      'Waits for task 12 in the build system, submitted 2026-11-28T11:50:00Z; last checked 2026-11-28T11:50:00Z.',
    ],
    [
      { state: 'BUILD', taskId: 12 },
      false,
      'Waits for task 12 in the build system; not checked yet.',
      { lookedAt: null },
    ],
    [
      { state: 'BUILD', taskId: 12, taskSubmittedAt: EARLIER },
      false,
      'Waits for task 12 in the build system, submitted 2026-11-28T11:50:00Z; not checked yet.',
      { lookedAt: new Date(EARLIER.getTime() - 1000) },
    ],
  ],
  done: [
    [
      { state: 'DONE', rebuiltNvr: 'httpd-container-2.4-1.7', taskId: 12 },
      false,
      'Rebuilt as httpd-container-2.4-1.7.',
    ],
    [{ state: 'DONE' }, false, 'Rebuilt.'],
    [
      { state: 'DONE', rebuiltNvr: 'httpd-container-2.4-1.7', taskId: -3 },
      false,
      'Done in a dry run: nothing was built.',
    ],
  ],
  'parent-ended': [
    [
      { state: 'FAILED', parent: parent('FAILED'), stateReason: buildText.dependencyEnded },
      false,
      'Not built, because its parent base-container (build 5) failed.',
    ],
  ],
  failed: [
    [
      { state: 'FAILED', stateReason: buildText.failedInKoji, failureDetail: 'no space left' },
      false,
      'Failed to build in Koji. no space left',
    ],
    [{ state: 'FAILED', parent: null }, false, 'Failed; no reason was recorded.'],
  ],
  canceling: [
    [
      { state: 'CANCELED', cancellation: { taskId: 12 } },
      false,
      'Canceled; task 12 is still to be canceled in the build system.',
    ],
    [
      { state: 'CANCELED', cancellation: { taskId: null } },
      false,
      'Canceled; the build system is still being searched for a submitted task.',
    ],
  ],
  canceled: [
    [
      { state: 'CANCELED', stateReason: buildText.canceledInKoji },
      false,
      'Build canceled in external build system.',
    ],
    [{ state: 'CANCELED' }, false, 'Canceled.'],
  ],
}

describe('the standing of a build', () => {
  it.each(STANDING_KINDS)('is "%s" when that is what it waits for or was ended by, in a sentence', (kind) => {
    for (const [facts, isReady, sentence, now] of CASES[kind]) {
      const standing = standingOf({ ...PLANNED, ...facts }, { ...CIRCUMSTANCES, ...now })
      expect(standing).toMatchObject({ kind, isReady })
      expect(standingText(standing)).toBe(sentence)
    }
  })
})
