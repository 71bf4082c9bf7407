/** The checks of requests for rebuilds: every text, their order, and what a valid request contains. */
import { describe, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../../../../src/domain/event.ts'
import {
  checkAdvisoryRequest,
  checkAsyncRequest,
  namedEventId,
} from '../../../../../src/domain/rebuild/intake/rebuild-request.ts'
import type { NamedEvent } from '../../../../../src/domain/rebuild/intake/request-checks.ts'

const manual: NamedEvent = {
  id: 7,
  eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent,
  searchKey: '103',
}
const async_: NamedEvent = {
  id: 8,
  eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent,
  searchKey: 'async_build_1',
}
const advisoryProblem = (body: unknown, named: NamedEvent | null = null) => {
  const checked = checkAdvisoryRequest(body, named)
  return checked.ok ? null : checked.problem
}
const asyncProblem = (body: unknown, named: NamedEvent | null = null) => {
  const checked = checkAsyncRequest(body, named)
  return checked.ok ? null : checked.problem
}
const DICTIONARY = '"bundle_related_image_overrides" must be a dictionary'
const EXPLICIT = 'Manual image overriding allowed only when "container_images" is set explicitly'

describe('a request for an advisory', () => {
  it.each([
    [{ errata_id: '123' }, '"errata_id" must be an integer.'],
    [{ errata_id: true }, '"errata_id" must be an integer.'],
    [{ errata_id: 1.5 }, '"errata_id" must be an integer.'],
    [{ errata_id: 1, freshmaker_event_id: '1' }, '"freshmaker_event_id" must be an integer.'],
    [{ errata_id: 1, freshmaker_event_id: 99 }, 'The provided "freshmaker_event_id" is invalid.'],
    [{ errata_id: 1, dist_git_branch: 5 }, '"dist_git_branch" must be a string.'],
    [{ errata_id: 1, brew_target: [] }, '"brew_target" must be a string.'],
    [{ container_images: '123' }, '"container_images" must be an array of strings.'],
    [{ container_images: null }, '"container_images" must be an array of strings.'],
    [{ container_images: [1] }, '"container_images" must be an array of strings.'],
    [{ container_images: ['a b'] }, '"container_images" must not contain empty names or whitespace: "a b"'],
    [
      { container_images: [` ${'a'.repeat(150)}`] },
      `"container_images" must not contain empty names or whitespace: " ${'a'.repeat(99)}…"`,
    ],
    [{ dry_run: '123' }, '"dry_run" must be a boolean.'],
    [{ force: '123' }, '"force" must be a boolean.'],
    [{ errata_id: 1, bundle_related_image_overrides: { a: 'b' } }, EXPLICIT],
    [{ errata_id: 1, metadata: { bundle_related_image_overrides: { a: 'b' } } }, EXPLICIT],
    [{ container_images: ['a-1-1'], bundle_related_image_overrides: [] }, DICTIONARY],
    [{ container_images: ['a-1-1'], metadata: { bundle_related_image_overrides: 'x' } }, DICTIONARY],
    [
      { container_images: ['a-1-1'], bundle_related_image_overrides: { a: 1 } },
      '"bundle_related_image_overrides" must have NVRs as keys and values',
    ],
    [{ errata_id: { a: 1 } }, '"errata_id" must be an integer.'],
    [{ errata_id: [1] }, '"errata_id" must be an integer.'],
    [
      { container_images: ['a-1-1'], bundle_related_image_overrides: { 'b-1-1': 'b-1-2' }, metadata: 'x' },
      '"metadata" must be a dictionary when "bundle_related_image_overrides" is set',
    ],
    [{ errata_id: 1, requester: 'x'.repeat(201) }, '"requester" must have at most 200 characters.'],
    [
      { container_images: ['foo-1-1'] },
      'You must at least provide "errata_id" or "freshmaker_event_id" in the request.',
    ],
    [[], 'The request body must be a JSON object.'],
    [null, 'The request body must be a JSON object.'],
  ])('%j is refused: %s', (body, problem) => {
    expect(advisoryProblem(body)).toBe(problem)
  })

  it('may have a requester of 200 characters, and overrides without other metadata', () => {
    const overrides = { container_images: ['a-1-1'], bundle_related_image_overrides: { 'b-1-1': 'b-1-2' } }
    expect(advisoryProblem({ errata_id: 1, requester: 'x'.repeat(200), ...overrides })).toBeNull()
  })

  it('names at most as many images as an event is made for, as one for images by name does', () => {
    const naming = (count: number) => ({
      dist_git_branch: 'main',
      container_images: Array.from({ length: count }, (_none, n) => `a-${n}-1`),
    })
    expect(advisoryProblem({ errata_id: 1, ...naming(10_000) })).toBeNull()
    expect(asyncProblem(naming(10_000))).toBeNull()
    const tooMany = '"container_images" must name at most 10000 images.'
    expect(advisoryProblem({ errata_id: 1, ...naming(10_001) })).toBe(tooMany)
    expect(asyncProblem(naming(10_001))).toBe(tooMany)
  })

  it.each([0, null, false, '', [], {}])('has no id when that is %j', (id) => {
    const problem = 'You must at least provide "errata_id" or "freshmaker_event_id" in the request.'
    expect(advisoryProblem({ errata_id: id, freshmaker_event_id: id })).toBe(problem)
  })

  it('is refused with the text of the first check that fails', () => {
    const body = { errata_id: 'x', freshmaker_event_id: 'x', container_images: 1, dry_run: 1, force: 1 }
    expect(advisoryProblem(body)).toBe('"errata_id" must be an integer.')
    expect(advisoryProblem({ ...body, errata_id: 0 })).toBe('"freshmaker_event_id" must be an integer.')
    expect(advisoryProblem({ ...body, errata_id: 0, freshmaker_event_id: null })).toMatch(
      /^"container_images"/,
    )
  })

  it.each([
    [
      { freshmaker_event_id: 8 },
      async_,
      'The event (id=8) is an async build event, can not be used for this build.',
    ],
    [
      { freshmaker_event_id: 7 },
      { ...manual, searchKey: 'abc' },
      "invalid literal for int() with base 10: 'abc'",
    ],
    [
      { errata_id: 104, freshmaker_event_id: 7 },
      { ...manual, searchKey: 'abc' },
      `The provided "errata_id" doesn't match the Advisory ID associated with the input "freshmaker_event_id".`,
    ],
    [
      { errata_id: 104, freshmaker_event_id: 7 },
      manual,
      `The provided "errata_id" doesn't match the Advisory ID associated with the input "freshmaker_event_id".`,
    ],
  ])('%j is refused for what its event is: %s', (body, named, problem) => {
    expect(advisoryProblem(body, named)).toBe(problem)
  })

  it('names its advisory, and may be a dry run', () => {
    expect(checkAdvisoryRequest({ errata_id: 5, dry_run: true }, null)).toMatchObject({
      request: { errataId: 5, dependsOn: null, dryRun: true, force: false },
    })
  })

  it('inherits the advisory of the event it depends on', () => {
    expect(checkAdvisoryRequest({ freshmaker_event_id: 7, force: true }, manual)).toEqual({
      ok: true,
      request: {
        errataId: 103,
        dependsOn: 7,
        images: [],
        dryRun: false,
        force: true,
        metadata: null,
        branch: null,
        target: null,
      },
    })
  })

  it.each([[['a', 1]], ['text'], [{ skip_rebuilt: false }], [0]])(
    'keeps the metadata %j as sent',
    (metadata) => {
      expect(checkAdvisoryRequest({ errata_id: 1, metadata }, null)).toMatchObject({ request: { metadata } })
    },
  )

  it('adds overrides of images to the metadata, where the handler reads them', () => {
    const metadata = { note: 1, bundle_related_image_overrides: { 'a-1-1': 'a-1-2', 'b-1-1': 'b-1-2' } }
    const body = { errata_id: 1, container_images: ['x-1-1'], metadata }
    const overrides = { 'a-1-1': 'a-1-3' }
    expect(checkAdvisoryRequest({ ...body, bundle_related_image_overrides: overrides }, null)).toMatchObject({
      request: {
        metadata: { note: 1, bundle_related_image_overrides: { 'a-1-1': 'a-1-3', 'b-1-1': 'b-1-2' } },
      },
    })
  })
})

describe('a request for images by name', () => {
  const REQUIRED = '"dist_git_branch" and "container_images" are required in the request for async builds'

  it.each([
    [{ container_images: ['a'] }, null, REQUIRED],
    [{ dist_git_branch: '', container_images: ['a'] }, null, REQUIRED],
    [{ dist_git_branch: 'main' }, null, REQUIRED],
    [{ dist_git_branch: 'main', container_images: [] }, null, REQUIRED],
    [
      { dist_git_branch: 'main', container_images: ['a'], freshmaker_event_id: 7 },
      manual,
      'The event (id=7) is not an async build event.',
    ],
    [{ dist_git_branch: 1, container_images: ['a'] }, null, '"dist_git_branch" must be a string.'],
  ])('%j is refused', (body, named, problem) => {
    expect(asyncProblem(body, named)).toBe(problem)
  })

  it('completes the names', () => {
    const body = { dist_git_branch: 'main', brew_target: 't', container_images: ['foo-1-1', 'bar-container'] }
    expect(checkAsyncRequest({ ...body, freshmaker_event_id: 8 }, async_)).toMatchObject({
      request: { images: ['foo-1-1-container', 'bar-container'], branch: 'main', target: 't', dependsOn: 8 },
    })
  })
})

it.each([
  [{ freshmaker_event_id: 5 }, 5],
  [{ freshmaker_event_id: '5' }, null],
  [{ freshmaker_event_id: 5.5 }, null],
  [{}, null],
  ['text', null],
])('the event named in %j is %j', (body, id) => {
  expect(namedEventId(body)).toBe(id)
})
