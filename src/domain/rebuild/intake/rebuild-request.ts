/** Reads requests for rebuilds: of what an advisory affects, or of images by name (behaviour/freshmaker 3.4, 3.5). */
import {
  ADVISORY_CHECKS,
  ASYNC_CHECKS,
  type Check,
  idIn,
  imagesIn,
  isObject,
  type NamedEvent,
  type RequestBody,
  textIn,
} from './request-checks.ts'

/** What every request may set. */
export type CommonRequest = {
  /** The event whose finished builds are reused. */
  dependsOn: number | null
  /** For an advisory NVRs, all affected images when empty; else names of packages. */
  images: string[]
  dryRun: boolean
  /** Shown as it was sent, with `bundle_related_image_overrides` added if that was sent at the top of the request. */
  metadata: unknown
  branch: string | null
  target: string | null
}
/** A request to rebuild what an advisory affects; `force`: also while an event of the advisory is running. */
export type AdvisoryRequest = CommonRequest & { errataId: number; force: boolean }
/** A request to rebuild images by name, without an advisory. */
export type AsyncRequest = CommonRequest & { branch: string }

/** The request, or the text of the first check that it does not pass. */
export type Checked<R> = { ok: true; request: R } | { ok: false; problem: string }

/** The id in `freshmaker_event_id`, which has to be looked up for the checks; null when there is none to look up. */
export function namedEventId(body: unknown): number | null {
  return isObject(body) ? idIn(body, 'freshmaker_event_id') : null
}

/** Checks a request for the images of an advisory; whether an event of it is running is checked when it is opened. */
export function checkAdvisoryRequest(body: unknown, named: NamedEvent | null): Checked<AdvisoryRequest> {
  return checked(body, named, ADVISORY_CHECKS, (valid) => ({
    ...commonFields(valid),
    errataId: idIn(valid, 'errata_id') ?? Number(named?.searchKey),
    force: valid['force'] === true,
  }))
}

/** Checks a request for images by name. Each name ends in `-container` afterwards, as the build system's do. */
export function checkAsyncRequest(body: unknown, named: NamedEvent | null): Checked<AsyncRequest> {
  return checked(body, named, ASYNC_CHECKS, (valid) => {
    const request = commonFields(valid)
    const images = request.images.map((name) => (name.endsWith('-container') ? name : `${name}-container`))
    return { ...request, images, branch: String(valid['dist_git_branch']) }
  })
}

function checked<R>(
  body: unknown,
  named: NamedEvent | null,
  checks: readonly Check[],
  read: (body: RequestBody) => R,
): Checked<R> {
  if (!isObject(body)) return { ok: false, problem: 'The request body must be a JSON object.' }
  for (const check of checks) {
    const problem = check(body, named)
    if (problem) return { ok: false, problem }
  }
  return { ok: true, request: read(body) }
}

function commonFields(body: RequestBody): CommonRequest {
  const overrides = body['bundle_related_image_overrides']
  const metadata = body['metadata'] ?? null
  const merged = overrides === undefined ? metadata : withOverrides(metadata, overrides)
  return {
    dependsOn: idIn(body, 'freshmaker_event_id'),
    images: imagesIn(body),
    dryRun: body['dry_run'] === true,
    metadata: merged,
    branch: textIn(body, 'dist_git_branch'),
    target: textIn(body, 'brew_target'),
  }
}

/** The handler reads the overrides from the metadata; those at the top of the request come first. */
function withOverrides(metadata: unknown, overrides: unknown): unknown {
  const { bundle_related_image_overrides: inner, ...rest } = isObject(metadata) ? metadata : {}
  return {
    ...rest,
    bundle_related_image_overrides: { ...(inner as object | undefined), ...(overrides as object) },
  } // checked
}
