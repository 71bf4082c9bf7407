/** `errata.activity.signing`: a build of an advisory has been signed (behaviour/freshmaker 5.4). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import type { Content } from '../content.ts'
import { contentTypes, ignored, invalid, means, wireId } from '../reading.ts'

const schema = z.object({
  errata_id: wireId,
  errata_status: z.string().nullish(),
  content_types: contentTypes,
})

/** Only modules in testing matter: flatpaks are rebuilt before these ship. */
export function parseAdvisorySigning({ body, headers }: Content): Reading {
  const message = schema.safeParse(body ?? headers)
  if (!message.success) return invalid(message.error)
  const { errata_id: errataId, errata_status: status, content_types: types } = message.data
  if (!types?.includes('module'))
    return ignored(`Advisory ${errataId} has content types ${types?.join(', ') || 'none'}, not module.`)
  if (status !== 'QE') return ignored(`Advisory ${errataId} is ${status ?? 'in an unknown state'}, not QE.`)
  return means({ kind: 'module-in-testing', errataId, by: 'signing' })
}
