/** All metrics in the Prometheus text format (behaviour/freshmaker 11). */
import { createRoute, z } from '@hono/zod-openapi'
import { createMeasurements } from '../../commands/monitor/measure.ts'
import type { Api, SharedContext } from '../api.ts'
import { errorSchema, json } from '../schemas.ts'

const PATHS = ['/metrics', '/api/1/monitor/metrics'] as const

/** `/metrics`, and the path of the original. */
export function addMetrics(app: Api, ctx: SharedContext): void {
  const { text, report } = createMeasurements(ctx)
  const { peers } = ctx
  peers?.onReport(report)
  for (const path of PATHS) {
    const route = createRoute({
      method: 'get',
      path,
      tags: ['metrics'],
      summary: 'Metrics for Prometheus',
      responses: {
        200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } },
        ...(peers && { 503: json(errorSchema, 'The other web processes on this port cannot be reached') }),
      },
    })
    app.openapi(route, async (c) =>
      c.text(await text(peers?.collect), 200, { 'Content-Type': ctx.metrics.contentType }),
    )
  }
}
