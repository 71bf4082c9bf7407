/** Reads addresses below an advisory in the Errata Tool. A 404 counts as an answer only if the advisory itself is unknown. */
import { type ZodType, z } from 'zod'
import { UpstreamError } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import type { HttpRequest } from '../../lib/http/request.ts'

/**
 * Reads an address under an advisory. Null: the advisory is unknown. Rejects with `UpstreamError`, which blames the service
 * for a 404 about an advisory that exists: an empty list is an answer, a missing one is not.
 */
export type ReadUnder = <T>(
  id: number,
  request: Pick<HttpRequest, 'path' | 'query'>,
  schema: ZodType<T>,
) => Promise<T | null>

/** Costs a further request only after a 404. */
export function createReadUnder(http: HttpClient): ReadUnder {
  return async (id, request, schema) => {
    const answer = await http.jsonOrNull(request, schema)
    if (answer === null && (await isKnown(http, id))) throw missing(request.path)
    return answer
  }
}

/** The error for an address that is missing although its advisory exists. */
export function missing(path: string): UpstreamError {
  return new UpstreamError({
    service: 'errata',
    failure: 'status',
    detail: `GET ${path}: HTTP 404, but the advisory exists`,
    status: 404,
    isOfService: true,
  })
}

async function isKnown(http: HttpClient, id: number): Promise<boolean> {
  return (await http.jsonOrNull({ path: `/api/v1/erratum/${id}` }, z.unknown())) !== null
}
