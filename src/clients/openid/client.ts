/** The OpenID issuer: verifies its tokens by its keys, or has it look them up (behaviour/freshmaker 4). */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { createCache } from '../../lib/cache.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { type ClaimNames, type Claims, readClaims } from './schema.ts'
import type { VerifierOptions } from './verify.ts'

export type { Claims } from './schema.ts'

/** The options of verification, the endpoint that describes users of opaque tokens, and the claims of its answer that count. */
export type OpenIdOptions = Omit<ClientOptions, 'url'> &
  VerifierOptions & { userinfoUri: string; claimNames: ClaimNames }

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

const REMEMBERED_MS = 60_000
const MAX_REMEMBERED = 10_000
const MAX_ANSWER_BYTES = 1_048_576

/** Connects when the first token arrives. */
export function createOpenIdClient(options: OpenIdOptions): OpenIdClient {
  const { userinfoUri, claimNames } = options
  const http = createHttpClient({ ...options, url: '', service: 'openid', maxBodyBytes: MAX_ANSWER_BYTES })
  const loading = import('./verify.ts') // with its library, which a service without this login never loads
  const verifying = loading.then(({ createVerifier }) => createVerifier(http, options))
  const answers = createCache<Claims>(MAX_REMEMBERED, () => performance.now())
  return {
    verify: async (token) => {
      const { claimsOf, refusalOf } = await verifying
      try {
        return readClaims(await claimsOf(token), claimNames)
      } catch (error) {
        if (error instanceof UpstreamError) throw error
        throw new TokenRefused(refusalOf(error))
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
