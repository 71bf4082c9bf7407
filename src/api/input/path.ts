/** Reads the id in a path for routes that read their body themselves. */
import { unknownUrl } from '../errors.ts'
import { idInPath } from '../lists/arguments.ts'

/** @throws ApiError 404, as for an unknown URL, when the path has no number */
export function idOf(params: Record<string, string>, expected = idInPath): number {
  const parsed = expected.safeParse(params)
  if (!parsed.success) throw unknownUrl()
  return parsed.data.id
}
