/** `errata.activity.status`: an advisory has changed its status (behaviour/freshmaker 5.3). */

import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { SHIPPED } from '../../../domain/rebuild/images/advisory.ts'
import type { Content } from '../content.ts'
import { contentTypes, ignored, invalid, means, wireId } from '../reading.ts'

const schema = z.object({
  errata_id: wireId,
  to: z.string(),
  // Left out if it is not a text, since the Errata Tool is queried for it anyway.
  fulladvisory: z.string().nullish().catch(null),
  content_types: contentTypes,
})

/** What the Errata Tool puts in place of every value of an advisory under embargo. */
const REDACTED = 'REDACTED'

/** Looks at the new status first: the advisory is fetched only when that is SHIPPED_LIVE, or QE of one that may have modules. */
export function parseAdvisoryStatus({ body, headers }: Content): Reading {
  // Until 2017 the body was empty and everything was in the headers.
  const message = schema.safeParse(body ?? headers)
  if (!message.success) return invalid(message.error)
  const { errata_id: errataId, to, fulladvisory, content_types: types } = message.data
  if (to === 'QE' && (types?.includes('module') ?? true))
    return means({ kind: 'module-in-testing', errataId, by: 'status' })
  if (to !== SHIPPED) return ignored(`Advisory ${errataId} is now ${to}, not ${SHIPPED}.`)
  const name = fulladvisory && fulladvisory !== REDACTED ? fulladvisory : null
  return means({ kind: 'advisory-shipped', errataId, fulladvisory: name })
}
