/** The SDK with spans kept in memory, for tests of what is recorded; without it nothing is. */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** One for all files of a process: a tracer stays with the first provider that it has found. */
const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })

/** Records the spans of each test of the calling file; the function returns those that have ended. */
export function recordSpans(): () => ReadableSpan[] {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    trace.setGlobalTracerProvider(provider)
  })
  beforeEach(() => exporter.reset())
  afterAll(() => {
    for (const api of [context, propagation, trace]) api.disable()
  })
  return () => exporter.getFinishedSpans()
}
