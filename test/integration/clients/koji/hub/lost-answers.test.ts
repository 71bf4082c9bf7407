/** Answers of the build system that are lost: a build is submitted once, or its outcome is reported as unknown. */
import { describe, expect, test } from 'vitest'
import { OutcomeUnknown, troubleOf, UpstreamError } from '../../../../../src/lib/errors.ts'
import { startHub, type Trouble } from '../../../../support/lab/fake-hub.ts'
import { failureOf, headersOf, requestFor, sessionClient } from '../../../../support/lab/koji-client.ts'
import { DEAD_URL } from '../../../../support/servers/http-server.ts'

/** After this long a call has no answer: nothing else takes as long, even on a busy machine. */
const HANG_MS = 3000

describe('when the answer is lost', () => {
  test.each<[string, Trouble['kind']]>([
    ['the connection breaks', 'drop'],
    ['the answer never comes', 'hang'],
    ['a proxy answers 502', 502],
    ['a proxy answers 503', 503],
  ])('and the task was created (%s), it is created once and its outcome is unknown', async (_name, kind) => {
    const hub = await startHub()
    const koji = sessionClient(hub, { timeoutMs: kind === 'hang' ? HANG_MS : 10_000 })
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind })
    const since = new Date()
    const failure = await failureOf(koji.submitContainer(requestFor('app')))
    expect(failure).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
    // The repeat carried the same number, so the hub refused it with 1009.
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0'])
    expect(await koji.findTasks({ since })).toMatchObject([
      {
        id: 101,
        source: 'git://pkgs.example.com/containers/app#89abcdef',
        release: '3.1795278293',
      },
    ])
    expect(await koji.submitContainer(requestFor('web'))).toBe(102)
  })

  test.each([500, 503])('as a %i, the outcome is unknown without a login too', async (kind) => {
    const hub = await startHub()
    hub.methods.buildContainer = () => 101
    hub.troubles.push({ when: 'after', kind })
    const koji = sessionClient(hub, { auth: { kind: 'none' } })
    expect(await failureOf(koji.submitContainer(requestFor('app')))).toBeInstanceOf(OutcomeUnknown)
    hub.troubles.push({ when: 'before', kind: 429 })
    expect(await failureOf(koji.submitContainer(requestFor('app')))).toBeInstanceOf(UpstreamError)
    expect(hub.ran).toEqual(['multiCall', 'buildContainer'])
  })

  test('by a hub that knows the call number by its other header, the task is created once too', async () => {
    const hub = await startHub({ callnumHeader: 'koji-callnum' })
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await failureOf(sessionClient(hub).submitContainer(requestFor('app')))).toBeInstanceOf(
      OutcomeUnknown,
    )
    expect(hub.tasks).toHaveLength(1)
  })

  test('and the task was not created, the repeat creates it', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'before', kind: 'drop' }, { when: 'before', kind: 503 })
    expect(await sessionClient(hub).submitContainer(requestFor('app'))).toBe(101)
    expect(hub.tasks).toHaveLength(1)
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0', '0'])
  })

  test('at every attempt, the outcome is unknown after the last one', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push(...Array.from({ length: 3 }, (): Trouble => ({ when: 'before', kind: 'drop' })))
    expect(await failureOf(sessionClient(hub).submitContainer(requestFor('app')))).toBeInstanceOf(
      OutcomeUnknown,
    )
    expect(hub.tasks).toHaveLength(0)
  })

  test('with a delay that the hub requests, the repeat waits for it', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'before', kind: 503, retryAfterS: 1 })
    const started = performance.now()
    expect(await sessionClient(hub).submitContainer(requestFor('app'))).toBe(101)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  test.each(['buildContainer', 'login'])(
    'with a longer delay, other calls of the session do not wait for it: %s',
    async (method) => {
      const hub = await startHub()
      hub.troubled.add(method)
      hub.troubles.push({ when: 'before', kind: 429, retryAfterS: 45 })
      const koji = sessionClient(hub)
      const failure = await failureOf(koji.submitContainer(requestFor('app')))
      expect(troubleOf(failure)).toMatchObject({ service: 'koji', retryAfterMs: 45_000 })
      expect(await koji.submitContainer(requestFor('web'))).toBe(101)
    },
  )

  test('because it is garbage, the outcome is unknown', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'garbage' })
    expect(await failureOf(sessionClient(hub).submitContainer(requestFor('app')))).toBeInstanceOf(
      OutcomeUnknown,
    )
    expect(hub.tasks).toHaveLength(1)
  })

  test.each([
    ['has another number of entries', [[1], [2]]],
    ['has no task id in it', [['done']]],
    ['is of another kind', 'done'],
  ])('because it %s, the outcome is unknown', async (_name, answer) => {
    const hub = await startHub()
    hub.methods.multiCall = () => answer
    expect(await failureOf(sessionClient(hub).submitContainer(requestFor('app')))).toBeInstanceOf(
      OutcomeUnknown,
    )
  })

  test('and so is the session, nothing is sent in a new one, which would not know the call number', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.getLoggedInUser()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    const submitted = failureOf(koji.submitContainer(requestFor('app')))
    hub.methods.buildContainer = ([source = '']) => {
      hub.tasks.push({ id: 500, request: [source], state: 0 })
      hub.sessions.length = 0
      return 500
    }
    expect(await submitted).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
  })

  test('all builds of that request have an unknown outcome', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    const failures = await Promise.all(
      ['a', 'b', 'c'].map((name) => failureOf(koji.submitContainer(requestFor(name)))),
    )
    expect(failures.every((failure) => failure instanceof OutcomeUnknown)).toBe(true)
    expect(hub.tasks).toHaveLength(3)
  })

  test('because the connection was refused, the build is certainly not submitted', async () => {
    const hub = await startHub()
    const failure = await failureOf(
      sessionClient({ ...hub, url: DEAD_URL }).submitContainer(requestFor('app')),
    )
    expect(failure).toBeInstanceOf(UpstreamError)
    expect(failure).not.toBeInstanceOf(OutcomeUnknown)
  })
})
