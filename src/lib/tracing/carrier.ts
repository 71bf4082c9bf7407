/** The context of a trace as it travels: W3C `traceparent` and `tracestate`, in headers, properties and rows. */
import {
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Trace } from '../../domain/message.ts'

/** Links of one span at most; more are dropped. */
export const MAX_LINKS = 128

/** The context that a text in a header or row stands for; one that is not valid stands for none. */
export function contextOf({ traceparent, tracestate }: Trace, base: Context = ROOT_CONTEXT): Context {
  const carrier = tracestate === undefined ? { traceparent } : { traceparent, tracestate }
  return propagation.extract(base, carrier)
}

/** Whether the process records or passes on traces: without the SDK nothing is injected anywhere. */
export function isTracing(): boolean {
  return propagation.fields().length > 0
}

/** A span as others refer to it. */
export function traceOf(span: Span): Trace {
  return carrierOf(trace.setSpan(ROOT_CONTEXT, span)) as Trace // the span is valid, so `traceparent` is set
}

/** What is sent along with a call or message of the work around it; empty while nothing is traced. */
export function outgoingTrace(): Record<string, string> {
  return carrierOf(context.active())
}

/** Links to these traces, without duplicates. */
export function linksTo(traces: readonly Trace[]): Link[] {
  const distinct = new Map(traces.map((trace) => [trace.traceparent, trace]))
  return [...distinct.values()].slice(0, MAX_LINKS).flatMap((distinctTrace) => {
    const spanContext = trace.getSpanContext(contextOf(distinctTrace))
    return spanContext ? [{ context: spanContext }] : []
  })
}

/** The ids of the span around it, as fields of a log line. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const spanContext = trace.getActiveSpan()?.spanContext()
  return spanContext ? { trace_id: spanContext.traceId, span_id: spanContext.spanId } : {}
}

/** The trace around it, for readers who look it up; undefined where nothing of it is recorded, as for most under a rate of sampling. */
export function recordedTraceId(): string | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext()
  return spanContext && (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0 ? spanContext.traceId : undefined
}

function carrierOf(of: Context): Record<string, string> {
  const carrier: Record<string, string> = {}
  propagation.inject(of, carrier)
  return carrier
}
