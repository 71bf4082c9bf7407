/** The API on its own database, and functions that store rows for it to return. */
import type { IncomingMessage } from 'node:http'
import type { RequiredEntityData } from '@mikro-orm/core'
import type { Api } from '../../../src/api/api.ts'
import { createApp } from '../../../src/api/app.ts'
import { ArtifactBuild } from '../../../src/db/entities/artifact-build.ts'
import { Event } from '../../../src/db/entities/event.ts'
import type { Database } from '../../../src/db/orm.ts'
import { createTestContext, type TestContext } from '../context.ts'

/** The incoming request: `from` is the address of the peer (missing: not over a socket). */
export type Incoming = { from?: string; headers?: Record<string, string>; method?: string; body?: string }

export type TestApi = {
  ctx: TestContext
  app: Api
  request(path: string, incoming?: Incoming): Promise<Response>
  /** The JSON of the response; throws unless its status is `status`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of every shape
  json(path: string, status?: number, incoming?: Incoming): Promise<any>
  drop(): Promise<void>
}

/** @param file content of the settings file */
export async function startApi(env: Record<string, string> = {}, file = ''): Promise<TestApi> {
  const ctx = await createTestContext(env, file)
  const app = createApp(ctx)
  const request: TestApi['request'] = async (path, { from, headers, method, body } = {}) =>
    app.request(
      path,
      { headers: { host: '127.0.0.1', ...headers }, method, body },
      { incoming: incomingFrom(from) },
    )
  return {
    ctx,
    app,
    request,
    json: async (path, status = 200, incoming = {}) => {
      const response = await request(path, incoming)
      if (response.status !== status)
        throw new Error(`${path}: ${response.status} instead of ${status}: ${await response.text()}`)
      return response.json()
    },
    drop: ctx.drop,
  }
}

/** Stores an event about an advisory, overridden by `fields`; returns its id. */
export async function storeEvent(
  db: Database,
  fields: Partial<RequiredEntityData<Event>> = {},
): Promise<number> {
  const em = db.orm.em.fork()
  const defaults = { messageId: `message-${crypto.randomUUID()}`, searchKey: '12345', eventTypeId: 10 }
  const event = em.create(Event, { ...defaults, ...fields })
  await em.flush()
  return event.id
}

/** Stores a planned build of an image, overridden by `fields`; returns its id. */
export async function storeBuild(
  db: Database,
  fields: Partial<RequiredEntityData<ArtifactBuild>> = {},
): Promise<number> {
  const em = db.orm.em.fork()
  const build = em.create(ArtifactBuild, { name: 'httpd-container', type: 1, state: 4, ...fields })
  await em.flush()
  return build.id
}

/** A request with only the remote address, because the app reads nothing else. */
function incomingFrom(remoteAddress: string | undefined): IncomingMessage | undefined {
  return remoteAddress === undefined ? undefined : ({ socket: { remoteAddress } } as IncomingMessage)
}
