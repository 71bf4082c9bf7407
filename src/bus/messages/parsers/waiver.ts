/** `waiverdb.waiver.new` and `waiver.new`: a waiver was given or revoked (behaviour/greenwave 6.1). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { asRecord, type Content } from '../content.ts'
import { invalid, means } from '../reading.ts'
import { readTrace, timeUs } from '../subject-news.ts'

const schema = z.object({
  testcase: z.string(),
  subject_type: z.string(),
  subject_identifier: z.string(),
  /** No longer than the waiver service allows: it becomes part of a key. */
  product_version: z.string().min(1).max(200),
  timestamp: timeUs,
})

/** A waiver that revokes another one is news of the subject too. */
export function parseWaiver({ body }: Content): Reading {
  const message = schema.safeParse(body)
  if (!message.success)
    return { ...invalid(message.error), pairs: { item: asRecord(body).subject_identifier } }
  const { testcase, subject_type, subject_identifier, product_version, timestamp } = message.data
  return means({
    kind: 'waiver-new',
    testCase: testcase,
    subjectType: subject_type,
    subjectIdentifier: subject_identifier,
    productVersion: product_version,
    submittedUs: timestamp,
    trace: readTrace(body),
  })
}
