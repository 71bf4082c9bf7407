/** A collector of traces: receives OTLP over HTTP with JSON, as the exporter sends it, and keeps the spans. */
import { z } from 'zod'
import { sendJson, serve } from '../servers/http-server.ts'

const valueSchema = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.coerce.number().optional(),
  arrayValue: z.object({ values: z.array(z.looseObject({})) }).optional(),
})
const spanSchema = z.object({
  traceId: z.string().length(32),
  spanId: z.string().length(16),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  attributes: z.array(z.object({ key: z.string(), value: valueSchema })).default([]),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.number().optional() }).default({}),
})
const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: valueSchema })) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
})

/** A span as it was exported; attributes are texts and numbers, `service` is the process that made it. */
export type CollectedSpan = {
  traceId: string
  spanId: string
  /** Undefined: the root of its trace. */
  parentSpanId: string | undefined
  name: string
  service: string
  attributes: Record<string, string | number>
  links: { traceId: string; spanId: string }[]
  isError: boolean
}

/** A running collector; `env` makes a process export its traces to it, soon. `raw` has the received bodies. */
export type Collector = { env: Record<string, string>; spans: CollectedSpan[]; raw: string[] }

const ERROR = 2

/** Starts a collector for one test. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const raw: string[] = []
  const { url } = await serve((request, response) => {
    if (request.url !== '/v1/traces') return sendJson(response, {}, 404)
    raw.push(request.body)
    spans.push(...readSpans(request.body))
    sendJson(response, {})
  })
  return { env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '100' }, spans, raw }
}

/** The spans of one trace whose parent is not among them. */
export function orphansOf(spans: readonly CollectedSpan[]): CollectedSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))
}

function readSpans(body: string): CollectedSpan[] {
  return exportSchema.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name'])
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, parentSpanId, status, ...span }) => ({
        ...span,
        parentSpanId: parentSpanId || undefined,
        service,
        attributes: attributesOf(attributes),
        isError: status.code === ERROR,
      })),
    )
  })
}

type Attributes = z.infer<typeof spanSchema>['attributes']

function attributesOf(list: Attributes): CollectedSpan['attributes'] {
  return Object.fromEntries(
    list.flatMap(({ key, value: { stringValue, intValue } }) => {
      const value = stringValue ?? intValue
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}
