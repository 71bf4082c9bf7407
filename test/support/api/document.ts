/** Checks requests and responses against the OpenAPI document. */
import { z } from 'zod'

type Json = Record<string, unknown>
type Content = Record<string, { schema: Json }>
/** A single method of a path. */
export type Operation = {
  parameters?: { name: string; in: string; required?: boolean; schema: { type?: unknown } }[]
  summary?: string
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content; headers?: object }>
  security?: Record<string, string[]>[]
}
export type ApiDocument = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, { properties?: Json; required?: string[] }>
    securitySchemes?: Record<string, Json>
  }
}
/** The parts of a response that are checked. */
export type SomeAnswer = { status: number; headers: Headers; text: string }

/** Whether the document has this operation; pages and their assets are not in it. */
export function isDescribed(document: ApiDocument, method: string, path: string): boolean {
  return operationFor(document, method, path) !== undefined
}

/** Whether the operation needs a login, according to the document. @throws Error for a scheme that it does not define */
export function needsLogin(document: ApiDocument, method: string, path: string): boolean {
  const { security = [] } = operationFor(document, method, path) ?? {}
  const schemes = document.components.securitySchemes ?? {}
  const unknown = security.flatMap(Object.keys).filter((name) => !Object.hasOwn(schemes, name))
  if (unknown.length > 0) throw new Error(`${method} ${path}: unknown schemes ${unknown.join(', ')}`)
  return security.length > 0
}

/** How a response differs from the document; null: it matches. */
export function faultOfAnswer(
  document: ApiDocument,
  method: string,
  path: string,
  { status, headers, text }: SomeAnswer,
): string | null {
  const operation = operationFor(document, method, path)
  if (!operation) return 'the operation is missing'
  const response = operation.responses[status]
  if (!response) return `status ${status} is missing`
  const type = headers.get('content-type')?.split(';')[0]
  if (!response.content)
    return type || text ? `the document has no body, but the response has one: ${type} ${text}` : null
  const schema = response.content[type ?? '']?.schema
  if (!schema) return `the document has no body of type ${type} for status ${status}`
  return faultOfValue(document, schema, type === 'application/json' ? JSON.parse(text) : text)
}

/** How a JSON request body violates the document; null: it is valid. */
export function faultOfBody(document: ApiDocument, method: string, path: string, body: unknown) {
  const schema = operationFor(document, method, path)?.requestBody?.content['application/json']?.schema
  return schema ? faultOfValue(document, schema, body) : 'the document has no JSON request body'
}

function operationFor(document: ApiDocument, method: string, path: string): Operation | undefined {
  const fits = (template: string) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
  const candidates = Object.keys(document.paths).filter(fits)
  const exact = candidates.find((template) => template === path) ?? candidates[0] ?? ''
  return document.paths[exact]?.[method.toLowerCase()]
}

function faultOfValue(document: ApiDocument, schema: Json, value: unknown): string | null {
  const $defs = closed(document.components.schemas)
  const selfContained = JSON.stringify({ ...Object(closed(schema)), $defs }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  )
  const { error } = z.fromJSONSchema(JSON.parse(selfContained)).safeParse(value)
  return error ? z.prettifyError(error) : null
}

/** Forbids undocumented fields: they are an error here although JSON Schema allows them. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  return 'properties' in inner && inner.type === 'object' ? { additionalProperties: false, ...inner } : inner
}
