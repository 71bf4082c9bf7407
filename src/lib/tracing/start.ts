/** Starts to record traces where an exporter is set; otherwise nothing of the SDK is loaded. */
import type { Logger } from '../log.ts'
import type { TracingOptions } from './options.ts'

/** Call it once, early in a process. `stop` sends what is left, and gives up soon when the collector is down. */
export async function startTracing(
  options: TracingOptions,
  process: string,
  log: Logger,
): Promise<{ stop(): Promise<void> }> {
  const address = options.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? options.OTEL_EXPORTER_OTLP_ENDPOINT
  const isOff = options.OTEL_SDK_DISABLED || options.OTEL_TRACES_EXPORTER === 'none'
  if (address === undefined || isOff) return { stop: async () => undefined }
  const { openSdk } = await import('./sdk.ts')
  return openSdk(options, process, log)
}
