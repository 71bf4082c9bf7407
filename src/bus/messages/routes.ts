/** The table of topics and their parsers, and the function that reads a delivery with it. */

import { NEWS_SERVICES, type Reading } from '../../domain/message.ts'
import { type Delivery, idOf } from '../delivery.ts'
import { type Content, type Unwrapped, unwrap } from './content.ts'
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
  return readAsSent(delivery, maxBytes).reading
}

/**
 * The same, with the delivery under the id that its sender has given it: a gateway that wraps messages sends each under an id of its
 * own, and a repeated one under another.
 */
export function readAsSent(delivery: Delivery, maxBytes: number): { delivery: Delivery; reading: Reading } {
  const { topic, body, problem } = delivery
  if (problem !== undefined) return { delivery, reading: failed(problem) }
  const parser = parserOf(topic)
  if (body.length > maxBytes) {
    const size = `The body has ${body.length} bytes, max_message_bytes is ${maxBytes}.`
    return { delivery, reading: parser ? failed(size) : ignored(noParser(topic)) }
  }
  const unwrapped = unwrap(delivery)
  const { messageId } = unwrapped
  return {
    delivery: messageId === undefined ? delivery : { ...delivery, messageId: idOf(messageId) },
    reading: readUnwrapped(unwrapped, topic, parser),
  }
}

function readUnwrapped(unwrapped: Unwrapped, topic: string, parser: Parser | undefined): Reading {
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
