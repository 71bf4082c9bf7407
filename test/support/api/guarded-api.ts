/** The API with one kind of login and the test-only guarded routes, and requests to one of them. */
import type { TestContext } from '../context.ts'
import { type Incoming, startApi, type TestApi } from './api.ts'
import { addGuardedRoutes } from './guarded-routes.ts'
import { PROXY } from './logins.ts'

/** Starts the API; `settings` are those of the settings file. */
export async function startGuarded(env: Record<string, string>, settings: object): Promise<TestApi> {
  const api = await startApi(env, JSON.stringify({ trusted_proxies: [PROXY], ...settings }))
  addGuardedRoutes(api.app)
  return api
}

/** Requests a rebuild, by default through the trusted proxy; the body of the response is JSON. */
export async function requestRebuild(api: TestApi, { headers, from = PROXY }: Incoming) {
  const response = await api.request('/api/1/guarded/rebuild', { method: 'POST', headers, from })
  return { status: response.status, body: JSON.parse(await response.text()), headers: response.headers }
}

/** The names of all users that were recorded, in order. */
export async function recordedUsers({ db }: Pick<TestContext, 'db'>): Promise<string[]> {
  const rows = await db.fork().execute<{ username: string }[]>('select username from users order by id')
  return rows.map(({ username }) => username)
}
