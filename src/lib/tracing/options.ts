/** The standard variables of OpenTelemetry that are read here. */

/** The samplers of the standard that need nothing besides a ratio. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
export type SamplerName = (typeof SAMPLERS)[number]

/** The exporter reads the others (headers, timeout, certificates) itself. */
export type TracingOptions = {
  OTEL_SDK_DISABLED: boolean
  OTEL_TRACES_EXPORTER: 'otlp' | 'none'
  OTEL_EXPORTER_OTLP_ENDPOINT?: string
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string
  OTEL_TRACES_SAMPLER: SamplerName
  OTEL_TRACES_SAMPLER_ARG: number
  OTEL_BSP_SCHEDULE_DELAY: number
}
