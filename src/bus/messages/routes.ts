/** The table of topics and their parsers, and the function that reads a delivery with it. */

import { NEWS_SERVICES, type Reading } from '../../domain/message.ts'
import type { Delivery } from '../delivery.ts'
import { type Content, unwrap } from './content.ts'
import { parseAdvisorySigning } from './parsers/advisory-signing.ts'
import { parseAdvisoryStatus } from './parsers/advisory-status.ts'
import { parseComposeState } from './parsers/compose-state.ts'
import { parseManageRequest } from './parsers/manage-request.ts'
import { parseRebuildRequest } from './parsers/rebuild-request.ts'
import { parseResult } from './parsers/result.ts'
import { parseTaskState } from './parsers/task-state.ts'
import { parseWaiver } from './parsers/waiver.ts'
import { failed, ignored } from './reading.ts'

type Parser = (content: Content) => Reading

/** Suffix of a topic -> its parser. A new kind of message is one line here and one file in `parsers/`. */
const ROUTES: Record<string, Parser> = {
  'errata.activity.status': parseAdvisoryStatus,
  'errata.activity.signing': parseAdvisorySigning,
  'brew.task.closed': parseTaskState,
  'brew.task.failed': parseTaskState,
  'brew.task.canceled': parseTaskState,
  'odcs.state.change': parseComposeState,
  'odcs.compose.state-changed': parseComposeState,
  'freshmaker.manual.rebuild': parseRebuildRequest('advisory'),
  'freshmaker.async.manual.build': parseRebuildRequest('async'),
  'freshmaker.manage.eventcancel': parseManageRequest,
  'resultsdb.result.new': parseResult,
  'waiverdb.waiver.new': parseWaiver,
  'waiver.new': parseWaiver,
}

/** The suffixes of all topics that have a parser. */
export const TOPIC_SUFFIXES: readonly string[] = Object.keys(ROUTES)

/** Reads a delivery. Never throws: any problem with the message becomes the reason of the result. */
export function readMessage(delivery: Delivery, maxBytes: number): Reading {
  const { topic, body, problem } = delivery
  if (problem !== undefined) return failed(problem)
  const parser = parserOf(topic)
  if (body.length > maxBytes) {
    const size = `The body has ${body.length} bytes, max_message_bytes is ${maxBytes}.`
    return parser ? failed(size) : ignored(noParser(topic))
  }
  const unwrapped = unwrap(delivery)
  const chosen = parser ?? parserOf(unwrapped.topic ?? '')
  if (!chosen) return ignored(noParser(topic))
  return unwrapped.content ? chosen(unwrapped.content) : failed(unwrapped.problem)
}

/** The service whose messages under this topic are counted by themselves (behaviour/greenwave 6.7); undefined: none. */
export function handlerOf(topic: string): string | undefined {
  if (topic.endsWith('resultsdb.result.new')) return NEWS_SERVICES['result-new']
  return topic.endsWith('waiver.new') ? NEWS_SERVICES['waiver-new'] : undefined
}

function parserOf(topic: string): Parser | undefined {
  const suffix = TOPIC_SUFFIXES.find((end) => topic.endsWith(end))
  return suffix === undefined ? undefined : ROUTES[suffix]
}

function noParser(topic: string): string {
  return `No parser for topic ${topic}`
}
