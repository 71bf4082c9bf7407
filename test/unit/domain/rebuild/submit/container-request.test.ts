/** The request for the build system, and the version ranges of bundles (behaviour/freshmaker 8.2, 8.3; case A23). */
import { describe, expect, it } from 'vitest'
import {
  containerRequest,
  isValidVersionRange,
} from '../../../../../src/domain/rebuild/submit/container-request.ts'

const ARGS = {
  repository: 'containers/app',
  commit: 'c0ffee',
  target: 'rhel-8-candidate',
  branch: 'rhel-8',
  original_parent: 'base-1-1',
  arches: null,
  renewed_odcs_compose_ids: null,
  flatpak: false,
  isolated: true,
}
const OPTIONS = {
  env: { GIT_BASE_URL: 'git://dist-git.example.com' },
  file: { koji_container_scratch_build: false, image_extra_repo: {} },
}
const build = (args: object = {}, over: object = {}) => ({
  originalNvr: 'app-1-2',
  rebuiltNvr: 'app-1-2.1572631468',
  parentRebuiltNvr: null,
  buildArgs: JSON.stringify({ ...ARGS, ...args }),
  composeIds: [],
  ...over,
})
const optsOf = (args?: object, over?: object, options = OPTIONS) => {
  const request = containerRequest(build(args, over), options)
  if (typeof request === 'string') throw new Error(request)
  return request.opts
}

describe('a request', () => {
  it('has source, target and only the options that are set', () => {
    expect(containerRequest(build(), OPTIONS)).toEqual({
      source: 'git://dist-git.example.com/containers/app#c0ffee',
      target: 'rhel-8-candidate',
      opts: {
        scratch: false,
        git_branch: 'rhel-8',
        release: '2.1572631468',
        isolated: true,
        koji_parent_build: 'base-1-1',
      },
    })
  })

  it('is isolated unless the build says otherwise', () => {
    expect(optsOf({ isolated: undefined })).toMatchObject({ isolated: true })
    expect(optsOf({ isolated: false })).not.toHaveProperty('isolated')
  })

  it('names the rebuilt parent rather than the original one', () => {
    expect(optsOf({}, { parentRebuiltNvr: 'base-1-1.99' }).koji_parent_build).toBe('base-1-1.99')
  })

  it('lists the composes made for the build, then those of the original image', () => {
    const opts = optsOf({ renewed_odcs_compose_ids: [7, 8] }, { composeIds: [101] })
    expect(opts.compose_ids).toEqual([101, 7, 8])
  })

  it('includes the extra repository for the name and version', () => {
    const file = { ...OPTIONS.file, image_extra_repo: { 'app-1': 'http://repo.example.com/app.repo' } }
    expect(optsOf({}, {}, { ...OPTIONS, file }).yum_repourls).toEqual(['http://repo.example.com/app.repo'])
  })

  it('is never both scratch and isolated, which the build system rejects', () => {
    const file = { ...OPTIONS.file, koji_container_scratch_build: true }
    const opts = optsOf({}, {}, { ...OPTIONS, file })
    expect(opts.scratch).toBe(true)
    expect(opts.isolated).toBeUndefined()
  })

  it('overrides architectures only for isolated and scratch builds', () => {
    expect(optsOf({ arches: 'x86_64 s390x' }).arch_override).toBe('x86_64 s390x')
    expect(optsOf({ arches: 'x86_64', isolated: false }).arch_override).toBeUndefined()
    const file = { ...OPTIONS.file, koji_container_scratch_build: true }
    expect(optsOf({ arches: 'x86_64' }, {}, { ...OPTIONS, file }).arch_override).toBe('x86_64')
  })

  it('includes the options of bundles and flatpaks', () => {
    const url = 'https://freshwave.example.com/api/2/pullspec_overrides/1'
    expect(optsOf({ flatpak: true, operator_csv_modifications_url: url })).toMatchObject({
      flatpak: true,
      operator_csv_modifications_url: url,
    })
  })
})

describe('no request is possible', () => {
  it('without build_args', () => {
    const text = "Container image does not have 'build_args' filled in."
    expect(containerRequest(build({}, { buildArgs: null }), OPTIONS)).toBe(text)
  })

  it('without an original NVR', () => {
    expect(containerRequest(build({}, { originalNvr: null }), OPTIONS)).toBe(
      'Container image does not have original_nvr set.',
    )
  })

  it('without a commit, which the reason names', () => {
    expect(containerRequest(build({ commit: null }), OPTIONS)).toMatch(/Handling of build failed.*commit/s)
  })
})

describe('a range of OpenShift versions', () => {
  it.each(['v4.8', '=v4.8', 'v4.7-v4.8', 'v4.5,v4.6', 'v4.6,v4.5', 'v4.5, v4.6'])('may be %s', (range) => {
    expect(isValidVersionRange(range)).toBe(true)
  })

  it.each(['v4.7,v4.8', 'v4.5,v4.6,v4.7', ','])('may not be %s', (range) => {
    expect(isValidVersionRange(range)).toBe(false)
  })
})
