/** The OpenID issuer: verifies its tokens by its keys, or has it look them up (behaviour/freshmaker 4). */
import { createHash } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { createCache } from '../../lib/cache.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createKeyFinder } from './keys.ts'
import { type ClaimNames, type Claims, readClaims } from './schema.ts'

export type { Claims } from './schema.ts'

/** `issuer` as in the claim `iss`; `jwksUri` empty: as its configuration says. */
export type OpenIdOptions = Omit<ClientOptions, 'url'> & {
  issuer: string
  jwksUri: string
  audience: string[]
  algorithms: string[]
  userinfoUri: string
  claimNames: ClaimNames
  /** The wall clock, which expiry is compared with. */
  now: () => Date
  /** Least milliseconds between two fetches of keys. Default 30 seconds. */
  cooldownMs?: number
}

/** A token that is not accepted; the message says why, and repeats nothing of the token but names of claims. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

/** Both throw `TokenRefused`, or `UpstreamError` when the issuer does not answer. */
export type OpenIdClient = {
  /** Checks signature, algorithm, issuer, audience and times of a JWT, and returns its claims. */
  verify(token: string): Promise<Claims>
  /** What the userinfo endpoint says about the user of a token of any kind; remembered for a minute. */
  userinfo(token: string): Promise<Claims>
  close(): Promise<void>
}

const CLOCK_TOLERANCE_S = 5
const COOLDOWN_MS = 30_000
const REMEMBERED_MS = 60_000
const MAX_REMEMBERED = 10_000
const MAX_ANSWER_BYTES = 1_048_576

/** Connects when the first token arrives. */
export function createOpenIdClient(options: OpenIdOptions): OpenIdClient {
  const { issuer, audience, algorithms, userinfoUri, claimNames } = options
  const http = createHttpClient({ ...options, url: '', service: 'openid', maxBodyBytes: MAX_ANSWER_BYTES })
  const findKey = createKeyFinder({
    http,
    issuer,
    jwksUri: options.jwksUri,
    timeoutMs: options.timeoutMs,
    cooldownMs: options.cooldownMs ?? COOLDOWN_MS,
    now: () => performance.now(),
  })
  const answers = createCache<Claims>(MAX_REMEMBERED, () => performance.now())
  return {
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(token, findKey, {
          issuer,
          audience,
          algorithms,
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: options.now(),
          requiredClaims: ['exp'],
        })
        return readClaims(payload, claimNames)
      } catch (error) {
        if (error instanceof UpstreamError) throw error
        throw new TokenRefused(reasonOf(error))
      }
    },
    userinfo: async (token) => {
      const key = createHash('sha256').update(token).digest('base64')
      const known = answers.get(key)
      if (known) return known
      const headers = { authorization: `Bearer ${token}` }
      try {
        const answer = await http.json(
          { path: userinfoUri, label: 'userinfo', headers, followRedirects: false },
          z.record(z.string(), z.unknown()),
        )
        const claims = readClaims(answer, claimNames)
        answers.set(key, claims, REMEMBERED_MS)
        return claims
      } catch (error) {
        const isAnswer = error instanceof UpstreamError && error.status !== undefined
        if (isAnswer) throw new TokenRefused(`Cannot get user information from ${userinfoUri} endpoint.`)
        throw error
      }
    },
    close: http.close,
  }
}

/** By kind of error of jose, the more special first. */
const REASONS: readonly [kind: new (...args: never[]) => Error, reason: string][] = [
  [errors.JWTExpired, 'it has expired'],
  [errors.JWSSignatureVerificationFailed, 'its signature is wrong'],
  [errors.JWKSNoMatchingKey, 'it is signed with an unknown key'],
  [errors.JWKSMultipleMatchingKeys, 'it does not say which key it is signed with'],
  [errors.JOSEAlgNotAllowed, 'its algorithm is not accepted'],
]

function reasonOf(error: unknown): string {
  const known = REASONS.find(([kind]) => error instanceof kind)
  if (known) return `Invalid token: ${known[1]}.`
  if (error instanceof errors.JWTClaimValidationFailed)
    return `Invalid token: its claim "${error.claim}" is missing or not accepted.`
  return 'Invalid token: it is not a signed JWT.'
}
