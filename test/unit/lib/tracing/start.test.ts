import { trace } from '@opentelemetry/api'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readEnvironment } from '../../../../src/config/env.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { isTracing } from '../../../../src/lib/tracing/carrier.ts'
import { inEntrySpan, inSpan } from '../../../../src/lib/tracing/span.ts'
import { startTracing } from '../../../../src/lib/tracing/start.ts'
import { serve } from '../../../support/servers/http-server.ts'

const ADDRESS = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }
const start = async (env: Record<string, string>) => {
  const tracing = await startTracing(readEnvironment(env), 'worker', createLog('silent'))
  onTestFinished(tracing.stop)
}

describe('traces', () => {
  it.each([{}, { ...ADDRESS, OTEL_SDK_DISABLED: 'true' }, { ...ADDRESS, OTEL_TRACES_EXPORTER: 'none' }])(
    'are not recorded with %j, and the work runs all the same',
    async (env: Record<string, string>) => {
      await start(env)
      expect(isTracing()).toBe(false)
      const result = await inEntrySpan({ name: 'job' }, {}, () =>
        inSpan({ name: 'part' }, async () => trace.getActiveSpan()),
      )
      expect(result).toBeUndefined()
    },
  )

  it('are recorded once an address is set', async () => {
    await start(ADDRESS)
    expect(isTracing()).toBe(true)
  })

  it('are not recorded after the end of the tracing, and can be recorded again', async () => {
    const record = () => inEntrySpan({ name: 'job' }, {}, async (span) => span.isRecording())
    for (const _ of [1, 2]) {
      const tracing = await startTracing(readEnvironment(ADDRESS), 'worker', createLog('silent'))
      expect(await record()).toBe(true)
      await tracing.stop()
      expect(isTracing()).toBe(false)
      expect(await record()).toBe(false)
    }
  })

  it.each([
    ['refuses', 400, 'x'.repeat(100_000), 'HTTP 400 Bad Request'],
    [
      'accepts in part',
      200,
      '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"quota exceeded"}}',
      expect.stringMatching(/"rejectedSpans":"1","errorMessage":"quota exceeded"/),
    ],
  ])(
    'that a collector %s are reported in short, and do not keep the tracing from ending',
    async (...answer) => {
      const [, status, body, reason] = answer
      const { url } = await serve((_request, response) => void response.writeHead(status).end(body))
      const lines: unknown[] = []
      const log = Object.assign(createLog('silent'), { warn: (fields: unknown) => lines.push(fields) })
      const address = url.replace('//', '//user:secret@')
      vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', address) // the exporter reads it
      onTestFinished(() => void vi.unstubAllEnvs())
      const env = readEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: address })
      const tracing = await startTracing(env, 'worker', log)
      await inEntrySpan({ name: 'job' }, {}, async () => undefined)
      await tracing.stop()
      expect(lines).toEqual([{ reason, address: `${address.replace('secret', '***')}/v1/traces` }])
      expect(isTracing()).toBe(false)
    },
  )

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318?key=1'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('are refused with %s=%s', (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(name)
  })
})
