/** The checks of a request for a rebuild, in the order and with the texts of the original (behaviour/freshmaker 3.4, 3.5). */
import { eventSubject } from '../../event-subject.ts'
import { quote } from '../../quote.ts'

/** The event that a request names in `freshmaker_event_id`. */
export type NamedEvent = { id: number; eventTypeId: number; searchKey: string }

/** A request as it was sent. */
export type RequestBody = Readonly<Record<string, unknown>>
/** Returns the text of what is wrong, anything falsy if nothing is. `named`: null when no event has the id of `freshmaker_event_id`, or none was given. */
export type Check = (body: RequestBody, named: NamedEvent | null) => string | false | null | undefined

/** Length of the name of a requester, as the column of the original: it is part of an index. */
export const MAX_REQUESTER = 200

/** Max number of names in a request: an event is not designed for more images. */
export const MAX_IMAGES = 10_000
/** What is wrong with a longer list. */
export const TOO_MANY_IMAGES = `"container_images" must name at most ${MAX_IMAGES} images.`

const isText = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'
const isName = (value: unknown) => typeof value === 'string' && /^\S+$/.test(value)
/** Whether `value` is a JSON object. */
export const isObject = (value: unknown): value is RequestBody =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SHARED_CHECKS: readonly Check[] = [
  (body) => wrongId(body, 'errata_id'),
  (body) => wrongId(body, 'freshmaker_event_id'),
  (body, named) =>
    idIn(body, 'freshmaker_event_id') !== null && !named && 'The provided "freshmaker_event_id" is invalid.',
  (body) => wrong(body, 'dist_git_branch', isText, 'a string'),
  (body) => wrong(body, 'brew_target', isText, 'a string'),
  (body) =>
    wrong(
      body,
      'container_images',
      (value) => Array.isArray(value) && value.every(isText),
      'an array of strings',
    ),
  (body) => imagesIn(body).length > MAX_IMAGES && TOO_MANY_IMAGES,
  (body) => {
    const odd = imagesIn(body).find((name) => !isName(name))
    return odd !== undefined && `"container_images" must not contain empty names or whitespace: ${quote(odd)}`
  },
  (body) => wrong(body, 'dry_run', isFlag, 'a boolean'),
  (body) => wrong(body, 'force', isFlag, 'a boolean'),
  (body) =>
    overridesIn(body).length > 0 &&
    imagesIn(body).length === 0 &&
    'Manual image overriding allowed only when "container_images" is set explicitly',
  (body) => !overridesIn(body).every(isObject) && '"bundle_related_image_overrides" must be a dictionary',
  (body) =>
    !overridesIn(body)
      .flatMap((each) => Object.entries(each as RequestBody).flat())
      .every(isName) && // objects by the check above
    '"bundle_related_image_overrides" must have NVRs as keys and values',
  (body) =>
    body['bundle_related_image_overrides'] !== undefined &&
    !isObject(body['metadata'] ?? {}) &&
    '"metadata" must be a dictionary when "bundle_related_image_overrides" is set',
  ({ requester }) =>
    typeof requester === 'string' &&
    requester.length > MAX_REQUESTER &&
    `"requester" must have at most ${MAX_REQUESTER} characters.`,
]

/** The checks of a request for an advisory, in order. */
export const ADVISORY_CHECKS: readonly Check[] = [
  ...SHARED_CHECKS,
  (body, named) =>
    idIn(body, 'errata_id') === null &&
    !named &&
    'You must at least provide "errata_id" or "freshmaker_event_id" in the request.',
  (_body, named) =>
    named &&
    eventSubject(named.eventTypeId) === 'named-images' &&
    `The event (id=${named.id}) is an async build event, can not be used for this build.`,
  (body, named) =>
    named &&
    idIn(body, 'errata_id') === null &&
    !/^\d+$/.test(named.searchKey) &&
    `invalid literal for int() with base 10: '${named.searchKey}'`,
  (body, named) =>
    named &&
    String(idIn(body, 'errata_id') ?? named.searchKey) !== named.searchKey &&
    `The provided "errata_id" doesn't match the Advisory ID associated with the input "freshmaker_event_id".`,
]

/** The checks of a request for images by name, in order. */
export const ASYNC_CHECKS: readonly Check[] = [
  ...SHARED_CHECKS,
  (body) =>
    (!body['dist_git_branch'] || imagesIn(body).length === 0) &&
    '"dist_git_branch" and "container_images" are required in the request for async builds',
  (_body, named) =>
    named &&
    eventSubject(named.eventTypeId) !== 'named-images' &&
    `The event (id=${named.id}) is not an async build event.`,
]

/** The overrides that were sent: at the top of the request, in the metadata, or both. */
function overridesIn(body: RequestBody): unknown[] {
  const metadata = body['metadata']
  const inner = isObject(metadata) ? metadata['bundle_related_image_overrides'] : undefined
  return [body['bundle_related_image_overrides'], inner].filter((value) => value !== undefined)
}

/** An id counts as absent when it is 0, null, false or empty, as in the original. */
function wrongId(body: RequestBody, name: string): string | false {
  const value = body[name]
  const absent = !value || (typeof value === 'object' && Object.keys(value).length === 0)
  return !absent && !Number.isSafeInteger(value) && `"${name}" must be an integer.`
}

/** The id in the member `name` of the request; null when it is absent. */
export function idIn(body: RequestBody, name: string): number | null {
  const value = body[name]
  return typeof value === 'number' && Number.isSafeInteger(value) && value !== 0 ? value : null
}

function wrong(
  body: RequestBody,
  name: string,
  isValid: (value: unknown) => boolean,
  what: string,
): string | false {
  return body[name] !== undefined && !isValid(body[name]) && `"${name}" must be ${what}.`
}

/** The names in `container_images`. */
export function imagesIn(body: RequestBody): string[] {
  const images = body['container_images']
  return Array.isArray(images) ? images.filter((name) => typeof name === 'string') : []
}

/** The text in the member `name` of the request; null when it is absent or empty. */
export function textIn(body: RequestBody, name: string): string | null {
  const value = body[name]
  return typeof value === 'string' && value !== '' ? value : null
}
