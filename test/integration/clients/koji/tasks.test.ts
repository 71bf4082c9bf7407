/** Tasks of the build system: their states, and the build or the error that each has led to. */
import { describe, expect, test } from 'vitest'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'
import { kojiClient } from '../../../support/lab/koji-client.ts'

describe('tasks', () => {
  test('have their states by name, and are null if unknown to the hub', async () => {
    const hub = await startHub()
    hub.tasks = [0, 1, 2, 3, 4, 5].map((state) => ({ id: state + 10, request: [], state }))
    const infos = await kojiClient(hub).taskInfos([10, 11, 12, 13, 14, 15, 99])
    expect([...infos.values()].map((task) => task?.state)).toEqual([
      'FREE',
      'OPEN',
      'CLOSED',
      'CANCELED',
      'ASSIGNED',
      'FAILED',
      undefined,
    ])
    expect(infos.get(99)).toBeNull()
    expect(hub.received).toHaveLength(1)
  })

  type Result = XmlRpcInput | KojiFault
  /** What the hub answers inside a multicall when the text of a failed build has characters that XML does not. */
  const EXPAT = new KojiFault(1, 'not well-formed (invalid token): line 7, column 31')

  /** The outcome of task 1 in `state`, with children (`odd`: a list that cannot be read) and results by task id. */
  async function outcomeOf(state: number, results: Record<number, Result>, children: number[] | 'odd' = []) {
    const hub = await startHub()
    hub.tasks = [{ id: 1, request: [], state }]
    hub.methods.getTaskChildren = () =>
      children === 'odd' ? children : children.map((id) => ({ id, state: 2, method: 'createContainer' }))
    hub.methods.getTaskResult = ([id], named) => {
      if (named.raise_fault !== false) throw new KojiFault(1000, 'must request faults as values')
      const result = results[Number(id)]
      if (result === undefined) throw new KojiFault(1000, `Task ${id} is canceled`)
      if (result instanceof KojiFault) throw result
      return result
    }
    return kojiClient(hub).taskOutcome(1)
  }

  test.each<[string, number, Record<number, Result>, number[], unknown]>([
    [
      'its own build',
      2,
      { 1: { koji_builds: ['1016224'], repositories: ['r'] } },
      [],
      { kind: 'closed', kojiBuildId: 1016224 },
    ],
    [
      'the last of several builds',
      2,
      { 1: { koji_builds: ['1', '2'] } },
      [],
      { kind: 'closed', kojiBuildId: 2 },
    ],
    [
      'no build when scratch',
      2,
      { 1: { koji_builds: [], repositories: ['r'] } },
      [],
      { kind: 'closed', kojiBuildId: null },
    ],
    ['no build when the result is something else', 2, { 1: 'ok' }, [], { kind: 'closed', kojiBuildId: null }],
    [
      'the build of the first child that has one',
      2,
      { 1: { koji_builds: ['9'] }, 7: { koji_builds: [] }, 8: { koji_builds: ['8'] } },
      [7, 8],
      { kind: 'closed', kojiBuildId: 8 },
    ],
    [
      'its own build when a child was canceled',
      2,
      { 1: { koji_builds: ['9'] } },
      [7],
      { kind: 'closed', kojiBuildId: 9 },
    ],
    [
      'its fault',
      5,
      { 1: { faultCode: 2001, faultString: 'Image build failed.' } },
      [],
      { kind: 'failed', fault: { code: 2001, text: 'Image build failed.' } },
    ],
    [
      'the beginning and the end of its fault',
      5,
      { 1: { faultCode: 2001, faultString: `make: ${'.'.repeat(1_000_000)}Error 1` } },
      [],
      {
        kind: 'failed',
        fault: { code: 2001, text: expect.stringMatching(/^make: \.{4994}\n.{1,40}\n\.{4993}Error 1$/) },
      },
    ],
    [
      'that it failed silently',
      5,
      { 1: null },
      [],
      { kind: 'failed', fault: { code: 0, text: 'Task 1 failed without a reason' } },
    ],
    [
      'that it failed, although the hub cannot decode the reason',
      5,
      { 1: EXPAT },
      [],
      {
        kind: 'failed',
        fault: { code: 0, text: `Task 1 failed; Koji cannot tell the reason: ${EXPAT.message}` },
      },
    ],
    ['that it was canceled', 3, {}, [], { kind: 'canceled' }],
    ['that it runs', 4, {}, [], { kind: 'running', state: 'ASSIGNED' }],
  ])('have as outcome %s', async (_name, state, results, children, outcome) => {
    expect(await outcomeOf(state, results, children)).toEqual(outcome)
  })

  test('have their own build although their children cannot be read; without one it is not known', async () => {
    const outcomeWith = (ids: string[]) => outcomeOf(2, { 1: { koji_builds: ids } }, 'odd')
    expect(await outcomeWith(['9'])).toEqual({ kind: 'closed', kojiBuildId: 9 })
    await expect(outcomeWith([])).rejects.toMatchObject({ failure: 'odd-answer' })
  })

  test('unknown to the hub are lost', async () => {
    expect(await kojiClient(await startHub()).taskOutcome(1)).toEqual({ kind: 'lost' })
  })
})
