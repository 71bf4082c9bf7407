/** Verifies signed tokens of an OpenID issuer: the one file that loads jose, where logins are by token (decision 0062). */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { HttpClient } from '../../lib/http/client.ts'
import { createKeyFinder } from './keys.ts'

/** `issuer` as in the claim `iss`; `jwksUri` empty: as its configuration says. */
export type VerifierOptions = {
  issuer: string
  jwksUri: string
  audience: string[]
  algorithms: string[]
  timeoutMs: number
  /** The wall clock, which expiry is compared with. */
  now: () => Date
  /** Min milliseconds between two fetches of keys. Default 30 seconds. */
  cooldownMs?: number
  /** Milliseconds of any monotonic clock, for the age of keys. */
  monotonicMs?: () => number
}

/** `claimsOf` throws `UpstreamError` when there are no keys; `refusalOf` describes any other error of it in a sentence. */
export type Verifier = {
  claimsOf(token: string): Promise<JWTPayload>
  refusalOf(error: unknown): string
}

const CLOCK_TOLERANCE_S = 5
const COOLDOWN_MS = 30_000

/** Checks signature, algorithm, issuer, audience and times; keys are fetched when the first token arrives. */
export function createVerifier(http: HttpClient, options: VerifierOptions): Verifier {
  const { issuer, audience, algorithms } = options
  const findKey = createKeyFinder({
    http,
    issuer,
    jwksUri: options.jwksUri,
    timeoutMs: options.timeoutMs,
    cooldownMs: options.cooldownMs ?? COOLDOWN_MS,
    now: options.monotonicMs ?? (() => performance.now()),
  })
  return {
    claimsOf: async (token) => {
      const { payload } = await jwtVerify(token, findKey, {
        issuer,
        audience,
        algorithms,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: options.now(),
        requiredClaims: ['exp'],
      })
      return payload
    },
    refusalOf,
  }
}

/** By kind of error of jose, the more specific first. */
const REASONS: readonly [kind: new (...args: never[]) => Error, reason: string][] = [
  [errors.JWTExpired, 'it has expired'],
  [errors.JWSSignatureVerificationFailed, 'its signature is wrong'],
  [errors.JWKSNoMatchingKey, 'it is signed with an unknown key'],
  [errors.JWKSMultipleMatchingKeys, 'it does not say which key it is signed with'],
  [errors.JOSEAlgNotAllowed, 'its algorithm is not accepted'],
]

function refusalOf(error: unknown): string {
  const known = REASONS.find(([kind]) => error instanceof kind)
  if (known) return `Invalid token: ${known[1]}.`
  if (error instanceof errors.JWTClaimValidationFailed)
    return `Invalid token: its claim "${error.claim}" is missing or not accepted.`
  return 'Invalid token: it is not a signed JWT.'
}
