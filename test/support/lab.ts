/** A lab on free ports for one test, and what it takes to talk to it the way clients do. */
import { onTestFinished } from 'vitest'
import { type LabOptions, startLab } from '../../lab/start.ts'
import { decodeResponse, encodeCall, type XmlRpcInput, type XmlRpcValue } from '../../src/lib/xmlrpc/index.ts'

/** A message the lab put on its bus. */
export type LabMessage = {
  topic: string
  body: Record<string, unknown>
  properties: Record<string, unknown>
}

/** Starts a lab that is stopped when the test is over; `messages` fills as the lab speaks. */
export async function labForTest(options: LabOptions = {}) {
  const messages: LabMessage[] = []
  const lab = await startLab({
    composeMs: 20,
    publish: (topic, body, more) =>
      messages.push({ topic, body: JSON.parse(body), properties: more?.properties ?? {} }),
    ...options,
    builder: { durationMs: () => 20, ...options.builder },
  })
  onTestFinished(lab.stop)
  return { ...lab, messages }
}

/** Posts raw text to the hub. */
export function postHub(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml', ...headers } })
}

/** Calls a hub method; throws `XmlRpcFault` when the hub refuses. */
export async function callHub(
  url: string,
  method: string,
  params: readonly XmlRpcInput[] = [],
  headers: Record<string, string> = {},
): Promise<XmlRpcValue> {
  const response = await postHub(url, encodeCall(method, params), headers)
  return decodeResponse(await response.text())
}

/** A logged-in caller that counts its calls as Koji's own client does. */
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

/** A value that must be a struct. */
export function asStruct(value: XmlRpcValue | undefined): Record<string, XmlRpcValue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new Error(`Not a struct: ${JSON.stringify(value)}`)
  return value
}

/** A value that must be a list of structs. */
export function asStructs(value: XmlRpcValue): Record<string, XmlRpcValue>[] {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`)
  return value.map(asStruct)
}

/** Asks until the answer is there; gives up after five seconds. */
export async function until<T>(
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
): Promise<T> {
  const deadline = Date.now() + 5000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error('It did not happen within five seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
