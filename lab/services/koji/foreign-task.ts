/** Messages about tasks of another hub on the same bus: their ids collide with those of our tasks. */
import { publish, type World } from '../../world.ts'
import { TASK_PREFIX } from './messages.ts'
import { TASK_STATES, type TaskState } from './records.ts'

/** A task of another hub. */
export type ForeignTask = {
  id: number
  state: TaskState
  /** The name of the other hub. */
  instance?: string
  /** Members of `info` to replace or add. */
  info?: Readonly<Record<string, unknown>>
}

/** Publishes the message that the other hub sends when its task enters this state, and returns the body. */
export function publishForeignTask(world: World, task: ForeignTask): Record<string, unknown> {
  const { id, state, instance = 'stage' } = task
  const old = state === 'FREE' ? null : 'OPEN'
  const change = { attribute: 'state', old, new: state }
  const properties = {
    type: 'TaskStateChange',
    id: String(id),
    parent: 'null',
    method: 'buildContainer',
    ...change,
    instance,
  }
  const body = { ...change, instance, info: { ...foreignInfo(world, task), ...task.info } }
  publish(world, `${TASK_PREFIX}.${state.toLowerCase()}`, body, properties)
  world.log(`koji: foreign task ${id} ${state} (hub ${instance})`)
  return body
}

/** The member `info` as recorded from an older hub: times without a time zone, another owner, channel, host and weight. */
function foreignInfo(world: World, { id, state }: ForeignTask): Record<string, unknown> {
  const ended = state === 'CLOSED' || state === 'FAILED' || state === 'CANCELED'
  const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '000')
  const now = world.now()
  return {
    weight: 2,
    parent: null,
    completion_time: ended ? time(now) : null,
    completion_ts: ended ? now / 1000 : null,
    start_time: time(now - 560_000),
    start_ts: (now - 560_000) / 1000,
    create_time: time(now - 570_000),
    create_ts: (now - 570_000) / 1000,
    request: [
      'git://dist-git.example.com/rpms/test-product-docker#d3670cde469aca43f1ff6768257420eb80e147db',
      'rhel-docker-candidate',
      { scratch: false, yum_repourls: null, git_branch: 'rhel-docker' },
    ],
    waiting: null,
    awaited: null,
    label: null,
    priority: 20,
    channel_id: 20,
    state: TASK_STATES[state],
    owner: 3447,
    host_id: 191,
    method: 'buildContainer',
    arch: 'noarch',
    id,
    ...(state === 'CLOSED' && {
      result: {
        repositories: ['docker.example.com:8888/rhel7/test-product-docker:rhel-docker-candidate-10587'],
        koji_builds: ['1016224'],
      },
    }),
  }
}
