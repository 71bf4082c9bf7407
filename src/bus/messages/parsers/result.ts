/** `resultsdb.result.new`: a test has a new result, in the form of ResultsDB or of taskotron (behaviour/greenwave 6.1). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { MAX_INTEGER } from '../../../lib/storable.ts'
import { asRecord, type Content } from '../content.ts'
import { invalid, means } from '../reading.ts'
import { readTrace, timeUs } from '../subject-news.ts'

const pairs = z.record(z.string(), z.json())

/** Keeps the names of the message, because reasons repeat them. */
const schema = z.object({
  testcase: z.string(),
  submit_time: timeUs,
  outcome: z.string().nullish(),
  data: pairs,
})

/** Whether the result can change a decision, and of which subject, is found out by the intake. */
export function parseResult({ body }: Content): Reading {
  const { testcase, task, submit_time, result, outcome, data } = asRecord(body)
  const described = unpacked(data ?? task ?? {})
  const message = schema.safeParse({
    testcase: asRecord(testcase).name ?? asRecord(task).name,
    submit_time: submit_time ?? asRecord(result).submit_time,
    outcome,
    data: described,
  })
  if (!message.success) return { ...invalid(message.error), pairs: asRecord(described) }
  const read = message.data
  return means({
    kind: 'result-new',
    testCase: read.testcase,
    submittedUs: read.submit_time,
    outcome: read.outcome ?? null,
    pairs: read.data,
    brewTaskId: taskId(read.data.brew_task_id),
    trace: readTrace(body),
  })
}

/** ResultsDB keeps every value as a list. */
function unpacked(data: unknown): unknown {
  if (asRecord(data) !== data) return data
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length === 1 ? value[0] : value,
    ]),
  )
}

function taskId(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  const isId = typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= MAX_INTEGER
  return isId ? number : null
}
