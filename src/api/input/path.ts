/** Reads the id in a path for routes that read their body themselves. */
import { unknownUrl } from '../errors.ts'
import { longIdInPath } from '../lists/arguments.ts'

/** May be larger than any id of its table. @throws ApiError 404, as for an unknown URL, when the path has no number */
export function idOf(params: Record<string, string>): number {
  const parsed = longIdInPath.safeParse(params)
  if (!parsed.success) throw unknownUrl()
  return parsed.data.id
}
