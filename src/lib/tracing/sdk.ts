/** The SDK of OpenTelemetry behind the API: loaded only where traces are exported (decision 0054). */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { format } from 'node:util'
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { messageOf } from '../errors.ts'
import { type Logger, withoutCredentials } from '../log.ts'
import { readAbout } from '../version.ts'
import type { SamplerName, TracingOptions } from './options.ts'

/** A busy process ends thousands of spans in a second; what does not fit is dropped, and the service continues. */
const MAX_QUEUED = 16_384
const BATCH = 512
/** A collector that is down must not hold up the end of the process. */
const FLUSH_MS = 2000
/** The SDK repeats what a collector, or a proxy before it, has answered. */
const MAX_SHOWN = 500

const ROOT_SAMPLERS: Record<SamplerName, (ratio: number) => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
}

/** Registers the SDK for the whole process until `stop`; the exporter reads its address and headers from the environment. */
export function openSdk(options: TracingOptions, process: string, log: Logger): { stop(): Promise<void> } {
  const report = reportProblems(log, addressOf(options))
  const service = process === 'freshwave' ? process : `freshwave-${process}`
  const own = resourceFromAttributes({
    'service.name': service,
    'service.version': readAbout().version,
    'service.instance.id': randomUUID(),
  })
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: ROOT_SAMPLERS[options.OTEL_TRACES_SAMPLER](options.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: options.OTEL_BSP_SCHEDULE_DELAY,
        maxQueueSize: MAX_QUEUED,
        maxExportBatchSize: BATCH,
      }),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  return {
    async stop() {
      const flushed = provider.shutdown().catch(report)
      await Promise.race([flushed, sleep(FLUSH_MS, undefined, { ref: false })])
      for (const api of [context, propagation, trace, diag]) api.disable()
    },
  }
}

/** Logs the problems that the SDK reports, such as a collector that is down. Returns a function that logs a failed export. */
function reportProblems(log: Logger, address: string): (error: unknown) => void {
  const warn = (...parts: unknown[]) => {
    const reason = withoutCredentials(format(...parts).slice(0, MAX_SHOWN))
    log.warn({ address, reason }, 'could not export traces')
  }
  const report = (error: unknown) => {
    const { code } = Object(error) as { code?: unknown }
    warn(`${typeof code === 'number' ? `HTTP ${code} ` : ''}${messageOf(error)}`)
  }
  const drop = () => undefined
  diag.setLogger({ error: warn, warn, info: drop, debug: drop, verbose: drop }, DiagLogLevel.WARN)
  setGlobalErrorHandler(report) // its default reports the whole answer
  return report
}

/** Where the exporter sends to: a path that is missing, or there twice, is the usual mistake. */
function addressOf(options: TracingOptions): string {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact } = options
  return withoutCredentials(exact ?? `${base}/v1/traces`)
}
