/** Web processes to measure, and requests to them. */
import { once } from 'node:events'
import { request } from 'undici'
import type { Stage } from './bench.ts'
import { type Child, startPart } from './child.ts'

/** A web process on this database, by default with queues in PostgreSQL; it reports its address. `env` has further settings. */
export async function startWeb(
  stage: Stage,
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<Child<string>> {
  const settings = { DATABASE_URL: databaseUrl, REDIS_URL: '', PORT: '0', LOG_LEVEL: 'warn' }
  return stage.keep(await startPart<string>('web', [], { ...settings, ...env }), ({ stop }) => stop())
}

/**
 * Reads an answer without parsing or keeping it, which would cost more than the bytes: the client shares the processors with what is
 * measured. @throws Error for an error status
 */
export async function fetchBytes(url: string): Promise<void> {
  const { statusCode, body } = await request(url)
  const ended = once(body, 'end')
  body.resume()
  await ended
  if (statusCode !== 200) throw new Error(`GET ${url}: HTTP ${statusCode}`)
}
