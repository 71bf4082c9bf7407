/** The OpenAPI document as something that requests and answers can be held against. */
import { z } from 'zod'

type Json = Record<string, unknown>
type Content = Record<string, { schema: Json }>
/** One method of one path. */
export type Operation = {
  parameters?: { name: string; in: string; required?: boolean; schema: { type?: unknown } }[]
  summary?: string
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}
export type ApiDocument = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties?: Json; required?: string[] }> }
}
/** What has to be known of an answer. */
export type SomeAnswer = { status: number; headers: Headers; text: string }

/** What of an answer the document does not tell; null: it tells it all. */
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
  if (!response.content) return type || text ? `no body is told of, but this has one: ${type} ${text}` : null
  const schema = response.content[type ?? '']?.schema
  if (!schema) return `no body of type ${type} is told of for ${status}`
  return faultOfValue(document, schema, type === 'application/json' ? JSON.parse(text) : text)
}

/** Why the document would not let this JSON be sent; null: it would. */
export function faultOfBody(document: ApiDocument, method: string, path: string, body: unknown) {
  const schema = operationFor(document, method, path)?.requestBody?.content['application/json']?.schema
  return schema ? faultOfValue(document, schema, body) : 'no JSON body is told of'
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
  const all = JSON.stringify({ ...Object(closed(schema)), $defs }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  )
  const { error } = z.fromJSONSchema(JSON.parse(all)).safeParse(value)
  return error ? z.prettifyError(error) : null
}

/** A field that is not in the document is a fault of it, though JSON Schema would let it pass. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  return 'properties' in inner && inner.type === 'object' ? { additionalProperties: false, ...inner } : inner
}
