/** The SDK with spans kept in memory, for tests of what is recorded; without the SDK nothing is recorded. */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'

/** Records the spans of each test of the calling file; the function returns those that have ended. */
export function recordSpans(): () => ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    expect(trace.setGlobalTracerProvider(provider), 'no other file left its provider').toBe(true)
  })
  beforeEach(() => exporter.reset())
  afterAll(() => {
    for (const api of [context, propagation, trace]) api.disable()
  })
  return () => exporter.getFinishedSpans()
}
