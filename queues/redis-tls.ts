/** TLS to Redis with files of our own: a client certificate with its key, and the authorities that are trusted. */
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'
import { certificateProblem } from '../src/lib/tls/certificate-problem.ts'

/** Where Redis is, and the paths of PEM files for `rediss://`. */
export type RedisSettings = {
  REDIS_URL?: string | undefined
  REDIS_CERT?: string | undefined
  REDIS_KEY?: string | undefined
  REDIS_CA?: string | undefined
}

const TLS_SETTINGS = { authorities: 'REDIS_CA', certificate: 'REDIS_CERT' }

/**
 * Options for the client of Redis; undefined where no file is named. The files are read again for each connection, since certificates are
 * renewed while a process runs; files that cannot be used, as while only one of a pair has been written, leave those before in force.
 * @throws Error when they cannot be used at first
 */
export function redisTls({ REDIS_URL, REDIS_CERT, REDIS_KEY, REDIS_CA }: RedisSettings) {
  if (!REDIS_URL?.startsWith('rediss:') || !(REDIS_CERT || REDIS_KEY || REDIS_CA)) return undefined
  const read = (path: string | undefined) => (path ? readFileSync(path) : undefined)
  const load = () => createSecureContext({ cert: read(REDIS_CERT), key: read(REDIS_KEY), ca: read(REDIS_CA) })
  let inForce = load()
  return {
    tls: {
      /** ioredis copies these options for each connection, which calls this. */
      get secureContext(): SecureContext {
        try {
          inForce = load()
        } catch {}
        return inForce
      },
    },
  }
}

/** The error that names the setting to look at, when the certificate of one of the two ends is the reason; else `error` itself. */
export function redisFailure(error: unknown): unknown {
  const problem = certificateProblem(error, TLS_SETTINGS)
  return problem === undefined ? error : new Error(problem, { cause: error })
}
