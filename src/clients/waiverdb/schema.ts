/** Parses the answers of the waiver service into our types (behaviour/greenwave 8.4). */
import { z } from 'zod'
import type { Waiver } from '../../domain/gate/facts/facts.ts'
import { parseInstant } from '../../domain/gate/policy/instant.ts'
import { isWithinDepth } from '../../lib/json.ts'
import { recordsOf, type Unreadable } from '../../lib/records.ts'

const MAX_DEPTH = 50

const wireWaiver = z.object({
  id: z.number().int(),
  subject_type: z.string(),
  subject_identifier: z.string(),
  testcase: z.string(),
  scenario: z.string().nullish(),
  product_version: z.string().nullish().catch(null),
  waived: z.boolean(),
  timestamp: z.string().nullish().catch(null),
})

const isShallow = (json: unknown) => isWithinDepth(json, MAX_DEPTH)

const waiverSchema = z
  .unknown()
  .refine(isShallow, 'is nested too deep')
  .transform((raw, check): Waiver => {
    const read = wireWaiver.safeParse(raw)
    if (!read.success) {
      for (const { path, message } of read.error.issues) check.addIssue({ code: 'custom', path, message })
      return z.NEVER
    }
    const { id, scenario, waived, timestamp } = read.data
    return {
      id,
      subjectType: read.data.subject_type,
      subjectIdentifier: read.data.subject_identifier,
      testCase: read.data.testcase,
      scenario: scenario || null,
      productVersion: read.data.product_version ?? null,
      waived,
      createdAt: timestamp ? parseInstant(timestamp) : null,
      raw,
    }
  })

/**
 * The answer of `/waivers/+filtered`. A waiver that cannot be read is left out. That lifts nothing where the service sends only
 * the newest waiver of each kind: the one that a revocation ended is not in the answer either (decision 0015).
 */
export const filteredSchema = z
  .object({ data: recordsOf(waiverSchema) })
  .transform(({ data: { read, unreadable } }): FilteredWaivers => ({ waivers: read, unreadable }))

/** The waivers that can be read, and what is known of the others. */
export type FilteredWaivers = { waivers: Waiver[]; unreadable: Unreadable[] }
