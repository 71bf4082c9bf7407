/** The target of a build is read from only the members that contain it, since stand-ins for a hub have few others (behaviour/greenwave 2.5). */
import { expect, it } from 'vitest'
import { createKojiClient } from '../../../../src/clients/koji/client.ts'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'

const NVR = 'nethack-1.2.3-1.el9000'
const TARGET = 'rhel-9.2.0-candidate'
type Answer = XmlRpcInput | KojiFault

/** The target on a hub with these answers; task 666 has the request. */
async function targetOn(
  { build, request }: { build: Answer; request?: Answer },
  taskId: number | null = null,
) {
  const hub = await startHub()
  const given = (answer: Answer) => {
    if (answer instanceof KojiFault) throw answer
    return answer
  }
  hub.methods.getBuild = () => given(build)
  hub.methods.getTaskRequest = ([id]) =>
    id === 666 && request !== undefined ? given(request) : ['', 'other']
  const options = { ...clientOptions(hub.url), auth: { kind: 'none' }, requestsPerSecond: 1000 } as const
  return createKojiClient(options).buildTarget(NVR, taskId)
}

it.each<[string, XmlRpcInput, XmlRpcInput]>([
  ['nothing but its task', { task_id: 666 }, ['git://h/nethack#f00d', TARGET, {}]],
  ['its task as text, and a request without a source', { task_id: '666' }, [null, TARGET]],
  [
    'the task of an imported container build',
    { task_id: null, extra: { container_koji_task_id: 666 } },
    ['', TARGET],
  ],
])('the target is found for a build with %s', async (_what, build, request) => {
  expect(await targetOn({ build, request })).toBe(TARGET)
})

it('the target is found by the task that a message names, without the build', async () => {
  expect(await targetOn({ build: new KojiFault(1000, 'no such build'), request: ['', TARGET] }, 666)).toBe(
    TARGET,
  )
})

it.each<[string, Answer, Answer?]>([
  ['an unknown build', null],
  ['a build that the hub refuses to look up', new KojiFault(1000, `invalid format: ${NVR}`)],
  ['a build without a task', { task_id: null }],
  ['a task without a request', { task_id: 666 }, new KojiFault(1000, 'query returned no rows')],
  ['a request that is not a list', { task_id: 666 }, 'text'],
  ['a request of one value', { task_id: 666 }, ['git://h/nethack#f00d']],
  ['a request with a target that is not a text', { task_id: 666 }, ['', { name: TARGET }]],
])('the target is not known for %s', async (_what, build, request) => {
  expect(await targetOn({ build, request })).toBeNull()
})

it('looking up the target rejects while the hub is in trouble', async () => {
  await expect(targetOn({ build: new KojiFault(1014, 'down for maintenance') })).rejects.toThrow(
    'maintenance',
  )
})
