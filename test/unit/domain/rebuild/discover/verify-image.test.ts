import { describe, expect, it } from 'vitest'
import {
  type ArchRecord,
  firstPlace,
  imageProblem,
  imagesAt,
  repositoryProblem,
} from '../../../../../src/domain/rebuild/discover/verify-image.ts'
import { repository } from '../../../../support/rebuild/planned-images.ts'

const RULES = {
  releaseCategories: ['Generally Available', 'Beta'],
  unpublishedExceptions: [
    { registry: 'registry', repository: 'secret/tool' },
    { registry: 'registry', repository: 'secret/other' },
  ],
}
const place = (name: string, registry = 'registry') => ({
  registry,
  repository: name,
  published: true,
  tags: [`tag-of-${registry}`],
})
const record = (nvr: string | null, contentSets: string[], ...repositories: ArchRecord['repositories']) => ({
  nvr,
  contentSets,
  repositories,
})

describe('a repository', () => {
  it.each([
    ['shop/api', {}, null],
    [
      'shop/api',
      { releaseCategories: ['Deprecated', "Other's"] },
      `Only repositories with one of {'Generally Available', 'Beta'} release_categories can be rebuilt, but found ['Deprecated', "Other's"].`,
    ],
    [
      'shop/api',
      { published: false },
      'Only published repositories or unpublished exceptions can be rebuilt, but this repository is not published.',
    ],
    ['secret/tool', { published: false }, null],
    ['shop/api', { autoRebuildTags: null }, 'The "auto_rebuild_tags" in COMET is not set.'],
    [
      'shop/api',
      { autoRebuildTags: [] },
      'The "auto_rebuild_tags" in COMET is set to an empty list, this means rebuilds of images in this repository are disabled.',
    ],
  ])('%s with %j is judged: %s', (name, over, problem) => {
    expect(repositoryProblem(repository(name, over), RULES)).toBe(problem)
  })

  it('is judged by its categories first, then by its publication, then by its tags', () => {
    const wrong = { releaseCategories: [], published: false, autoRebuildTags: null }
    const problem = (over: object) => repositoryProblem(repository('shop/api', { ...wrong, ...over }), RULES)
    expect(problem({})).toMatch(/release_categories .* but found \[\]\.$/)
    expect(problem({ releaseCategories: ['Beta'] })).toMatch(/not published/)
    expect(problem({ releaseCategories: ['Beta'], published: true })).toMatch(/not set/)
  })
})

describe('an image', () => {
  it('needs content sets on every architecture', () => {
    expect(imageProblem([record('a-1-1', ['x']), record(null, [])])).toBeNull()
    expect(imageProblem([record('a-1-1', ['x']), record('a-1-1', [])])).toBe(
      'Found image "a-1-1" in this repository, but it cannot be rebuilt, because the "content_sets" are not set for this image.',
    )
  })

  it('is looked for in its first repository that is not in a build registry', () => {
    const offered = record('a-1-1', ['x'], place('built/a', 'builds'), place('shop/a'), place('shop/b'))
    expect(firstPlace([offered], ['builds'])).toMatchObject({ registry: 'registry', repository: 'shop/a' })
    expect(firstPlace([offered], ['builds', 'registry'])).toBeNull()
    expect(firstPlace([], [])).toBeNull()
  })
})

it('the images of a repository have the content sets of all architectures and the tags of the first', () => {
  const records = [
    record('b-1-1', ['z', 'a'], place('shop/b', 'builds'), place('shop/b')),
    record('b-1-1', ['m', 'a'], { ...place('shop/b'), tags: ['another'] }),
    record(null, ['k'], place('shop/b')),
    record('a-1-1', ['y'], place('shop/b')),
  ]
  expect([...imagesAt({ registry: 'registry', repository: 'shop/b' }, records)]).toEqual([
    ['b-1-1', { contentSets: ['z', 'a', 'm'], tags: ['tag-of-registry'] }],
    ['a-1-1', { contentSets: ['y'], tags: ['tag-of-registry'] }],
  ])
})
