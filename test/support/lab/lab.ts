/** A lab on free ports for one test, and functions that call it as clients do. */
import { onTestFinished } from 'vitest'
import { isStruct } from '../../../lab/services/koji/methods/method.ts'
import { type LabOptions, startLab } from '../../../lab/start.ts'
import {
  decodeResponse,
  encodeCall,
  type XmlRpcInput,
  type XmlRpcValue,
} from '../../../src/lib/xmlrpc/index.ts'

/** A message that the lab has published. */
export type LabMessage = {
  topic: string
  body: Record<string, unknown>
  properties: Record<string, unknown>
}

/** Starts a lab that stops at the end of the test; `messages` collects what it publishes. */
export async function labForTest(options: LabOptions = {}) {
  const messages: LabMessage[] = []
  const lab = await startLab({
    composeMs: 20,
    publish: (topic, body, sent) =>
      messages.push({ topic, body: JSON.parse(body), properties: sent?.properties ?? {} }),
    ...options,
    builder: { durationMs: () => 20, ...options.builder },
  })
  onTestFinished(lab.stop)
  return { ...lab, messages }
}

/** Posts a raw text to the hub. */
export function postHub(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml', ...headers } })
}

/** Calls a hub method. @throws XmlRpcFault when the hub refuses */
export async function callHub(
  url: string,
  method: string,
  params: readonly XmlRpcInput[] = [],
  headers: Record<string, string> = {},
): Promise<XmlRpcValue> {
  const response = await postHub(url, encodeCall(method, params), headers)
  return decodeResponse(await response.text())
}

/** A logged-in caller that numbers its calls as Koji's own client does. */
export async function logIn(url: string) {
  const session = asStruct(await callHub(url, 'login', ['freshwave', 'freshwave']))
  let callnum = -1
  const headers = (number?: number) => ({
    'Koji-Session-Id': String(session['session-id']),
    'Koji-Session-Key': String(session['session-key']),
    ...(number === undefined ? {} : { 'Koji-Session-Callnum': String(number) }),
  })
  const call = (method: string, params: readonly XmlRpcInput[] = []) => {
    callnum += 1
    return callHub(url, method, params, headers(callnum))
  }
  return { session, headers, call }
}

/** Narrows a value to a struct. @throws Error when it is not a struct */
export function asStruct(value: XmlRpcValue | undefined): Record<string, XmlRpcValue> {
  if (!isStruct(value)) throw new Error(`Not a struct: ${JSON.stringify(value)}`)
  return value
}

/** Narrows a value to a list of structs. @throws Error when it is not one */
export function asStructs(value: XmlRpcValue): Record<string, XmlRpcValue>[] {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`)
  return value.map(asStruct)
}

/** Repeats a query until it returns a value. @throws Error after 220 seconds */
export async function until<T>(
  query: () => T | undefined | null | false | Promise<T | undefined | null | false>,
): Promise<T> {
  const deadline = Date.now() + 220_000
  for (;;) {
    const answer = await query()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error('The query returned nothing within 220 seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
