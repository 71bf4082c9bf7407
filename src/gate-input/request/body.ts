/** Parses the body of a request as JSON (behaviour/greenwave 3.1, rows 1 to 3). */
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { findTextFault } from '../../lib/json.ts'
import { isFalsy } from '../notation/json.ts'

const JSON_TYPE = /^application\/(?:[^;\s/]*\+)?json\s*(?:;|$)/i
const NOT_JSON =
  "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
const UTF8 = new TextDecoder('utf-8', { fatal: true })
const UNREADABLE = 'The browser (or proxy) sent a request that this server could not understand.'

/**
 * The parsed body, with texts that a URL and a database can hold. @throws DecisionError `not-json` for another content
 * type or JSON without content, `bad-request` for what is not valid JSON in UTF-8
 */
export function parseJsonBody(contentType: string | undefined, body: ArrayBuffer): unknown {
  if (!JSON_TYPE.test(contentType?.trim() ?? '')) throw new DecisionError('not-json', NOT_JSON)
  const json = parse(body)
  if (isFalsy(json)) throw new DecisionError('not-json', 'No JSON payload in request')
  refuseBadTexts(json)
  return json
}

/** @throws DecisionError `bad-request` for texts that a URL or a database cannot hold */
export function refuseBadTexts(json: unknown): void {
  const fault = findTextFault(json)
  if (fault) throw new DecisionError('bad-request', `Invalid ${fault.where || 'request'}, ${fault.what}`)
}

function parse(body: ArrayBuffer): unknown {
  try {
    return JSON.parse(UTF8.decode(body))
  } catch {
    throw new DecisionError('bad-request', UNREADABLE)
  }
}
