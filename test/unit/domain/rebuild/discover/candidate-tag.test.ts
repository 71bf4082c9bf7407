/** The tag with the builds of an advisory that is not shipped yet (behaviour/freshmaker 8.4). */
import { describe, expect, it } from 'vitest'
import { chooseTag, tagsToTry } from '../../../../../src/domain/rebuild/discover/candidate-tag.ts'

const build = (nvr: string, tags: string[], latestIn: string[]) => ({
  nvr,
  tags,
  latestIn: new Set(latestIn),
})

describe('tags to try', () => {
  it('are final tags the build is in, then the candidate tags', () => {
    const tags = ['rhel-8.9-candidate', 'rhel-8.9', 'rhel-8-test', 'rhel-8.8-candidate']
    expect(tagsToTry(tags)).toEqual(['rhel-8.9', 'rhel-8.9-candidate', 'rhel-8.8-candidate'])
  })

  it('are empty for a build in no candidate tag', () => {
    expect(tagsToTry(['rhel-8.9'])).toEqual([])
  })
})

describe('the tag of an advisory', () => {
  it('is the first one in which each build is the latest of its package', () => {
    const builds = [
      build('a-1-1', ['x-candidate', 'x'], ['x-candidate', 'x']),
      build('b-1-1', ['x-candidate', 'x'], ['x']),
    ]
    expect(chooseTag(5, builds)).toEqual({ tag: 'x' })
  })

  it('is the first of the first build that all builds have in common, in whatever order Koji lists the tags of the others', () => {
    const tags = ['x-candidate', 'y-candidate', 'z-candidate']
    const builds = [
      build('a-1-1', tags, tags),
      build('b-1-1', tags.toReversed(), tags),
      build('c-1-1', tags.toReversed(), ['z-candidate', 'y-candidate']),
    ]
    expect(chooseTag(5, builds)).toEqual({ tag: 'y-candidate' })
    expect(chooseTag(5, builds.toReversed())).toEqual({ tag: 'z-candidate' })
  })

  it('cannot be chosen when the builds are in different tags', () => {
    const builds = [
      build('a-1-1', ['x-candidate'], ['x-candidate']),
      build('b-1-1', ['y-candidate'], ['y-candidate']),
    ]
    expect(chooseTag(5, builds)).toEqual({
      error: 'Packages for errata advisory 5 found in multiple different tags.',
    })
  })

  it('cannot be chosen when one of several builds is not the latest: the tag has an older one', () => {
    const builds = [build('a-1-1', ['x-candidate'], ['x-candidate']), build('b-1-1', ['x-candidate'], [])]
    expect(chooseTag(5, builds)).toEqual({
      error: "None of builds ['b-1-1'] of advisory 5 is the latest build in its candidate tag.",
    })
  })

  it('cannot be chosen when no build is the latest', () => {
    expect(chooseTag(5, [build('a-1-1', ['x-candidate'], []), build('b-1-1', [], [])])).toEqual({
      error: "None of builds ['a-1-1', 'b-1-1'] of advisory 5 is the latest build in its candidate tag.",
    })
  })
})
