/** Test-only routes, one for each kind of guard, so that guards are tested apart from what the real routes do. */
import type { Api } from '../../../src/api/api.ts'
import { requires } from '../../../src/api/auth/requires.ts'
import { ApiError } from '../../../src/api/errors.ts'
import { refusalToCancel } from '../../../src/domain/access/judge.ts'

/** Adds them; call it before the first request. They return `c.get('caller')`. */
export function addGuardedRoutes(app: Api): void {
  for (const root of ['/api/1', '/api/2', '/api/v1.0']) {
    app.post(`${root}/guarded/rebuild`, requires('rebuild'), (c) => c.json(c.get('caller')))
    app.post(`${root}/guarded/async-rebuild`, requires('async-rebuild'), (c) => c.json(c.get('caller')))
    app.get(`${root}/guarded/audit`, requires('read-audit'), (c) => c.json(c.get('caller')))
    app.patch(`${root}/guarded/cancel`, requires('cancel'), (c) => {
      const refusal = refusalToCancel(c.get('caller'), c.req.query('requester') ?? null)
      if (refusal) throw new ApiError(403, refusal)
      return c.json(c.get('caller'))
    })
  }
}
