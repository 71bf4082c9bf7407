/** Determining the source of an image. */
import { describe, expect, test } from 'vitest'
import { judgeBuild, judgeSource } from '../../../../src/clients/koji/build-source.ts'
import { buildSchema, type KojiBuild } from '../../../../src/clients/koji/schemas/builds.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'

const NVR = 'app-container-1.0-3'
const OPTIONS = { imageExtraRepo: {}, supplyArchOverrides: false }
const ok = <T>(value: T) => ({ ok: true as const, value })

function build(
  ...changes: Parameters<typeof containerBuild> extends [unknown, unknown, ...infer R] ? R : never
): KojiBuild {
  return buildSchema.parse(containerBuild(8, NVR, ...changes)) as KojiBuild
}

function candidate(kojiBuild: KojiBuild) {
  return { nvr: NVR, build: kojiBuild, taskId: 1 }
}

const request = {
  source: 'git://pkgs.example.com/rpms/from-task#beef',
  target: 'target',
  branch: 'branch',
  release: null,
}

describe('a build', () => {
  test('has the task that the hub records, else the one recorded by OSBS', () => {
    expect(judgeBuild(NVR, ok(build({ task_id: 7 })), OPTIONS)).toMatchObject({ taskId: 7 })
    expect(judgeBuild(NVR, ok(build()), OPTIONS)).toMatchObject({ taskId: 1008 })
  })

  test('of a base image needs a configured repository, by name and version', () => {
    const base = build({}, { extra: { filesystem_koji_task_id: 3 } })
    expect(judgeBuild(NVR, ok(base), OPTIONS)).toHaveProperty('error')
    const imageExtraRepo = { 'app-container-1.0': 'http://repo.example.com/app.repo' }
    expect(judgeBuild(NVR, ok(base), { ...OPTIONS, imageExtraRepo })).toMatchObject({ taskId: 1008 })
  })

  test('finds no repository under the name of an inherited object property', () => {
    const base = buildSchema.parse(
      containerBuild(
        8,
        'to-String-1',
        { name: 'to', version: 'String' },
        { extra: { filesystem_koji_task_id: 3 } },
      ),
    )
    expect(judgeBuild('to-String-1', ok(base), OPTIONS)).toHaveProperty('error')
  })
})

test.each([
  [0, 'BUILDING'],
  [2, 'DELETED'],
  [3, 'FAILED'],
  [4, 'CANCELED'],
])('a build in state %i (%s) has no source, and the reason names the state', (state, name) => {
  expect(judgeBuild(NVR, ok(build({ state })), OPTIONS)).toEqual({
    error: `Cannot get data from Koji for build ${NVR}: the build is ${name}, not COMPLETE.`,
  })
})

describe('the source', () => {
  test('is taken from the build rather than from its task', () => {
    expect(judgeSource(candidate(build()), { request: ok(request) })).toMatchObject({
      repository: 'containers/app',
    })
  })

  test.each([null, 'app-1.0-3.src.rpm', 'git://pkgs.example.com/containers/app#origin/main'])(
    'is taken from the task if the source of the build is %s',
    (source) => {
      expect(judgeSource(candidate(build({ source })), { request: ok(request) })).toMatchObject({
        repository: 'rpms/from-task',
        commit: 'beef',
      })
    },
  )

  test('is unknown if neither names a commit', () => {
    const uploaded = { ...request, source: 'cli-build/1234/app.tar' }
    const judged = judgeSource(candidate(build({ source: null })), { request: ok(uploaded) })
    expect(judged).toEqual({
      error: `Cannot get data from Koji for build ${NVR}: Cannot find valid source of Koji build {"id":8,"nvr":"${NVR}","source":null}.`,
    })
  })

  test('lists each architecture once, in order, and skips null', () => {
    const read = ['s390x', 'aarch64', 'aarch64', null].map((arch, id) => ({ id, arch, labels: {} }))
    expect(
      judgeSource(candidate(build()), { request: ok(request), archives: ok({ read, unreadable: [] }) }),
    ).toMatchObject({
      arches: 'aarch64 s390x',
    })
  })

  test('is unknown if architectures are to be supplied and one of its archives cannot be read', () => {
    const archives = { read: [], unreadable: [{ path: '1.id', message: 'expected number' }] }
    expect(judgeSource(candidate(build()), { request: ok(request), archives: ok(archives) })).toEqual({
      error: `Cannot get data from Koji for build ${NVR}: its archives cannot be read: '1.id': expected number.`,
    })
  })

  test('has no composes and parents if the build has none', () => {
    const image = { odcs: null, parent_build_id: null, parent_image_builds: null, flatpak: true }
    const bare = build({}, { image })
    expect(judgeSource(candidate(bare), { request: ok(request) })).toMatchObject({
      odcsComposeIds: null,
      parent: null,
      flatpak: true,
    })
  })
})
