/** Shapes of an OpenID issuer's answers, and of the claims in its tokens. */
import { z } from 'zod'

/** `/.well-known/openid-configuration`. */
export const configurationSchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

/** A JSON Web Key Set; jose reads the single keys. */
export const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) })

const words = z.union([z.string().transform((text) => text.split(' ').filter(Boolean)), z.array(z.string())])
const texts = z.union([z.array(z.string()), z.string().transform((text) => [text])])

/** Claims about a user, of a token or of the userinfo endpoint. */
export type Claims = {
  /** Null where the claim is missing or of another type. */
  name: string | null
  groups: readonly string[]
  /** Null where there is no `scope`. */
  scopes: readonly string[] | null
}

/** Which claims hold name and groups. */
export type ClaimNames = { username: string; groups: string }

/** Reads claims one by one, because issuers differ: one of another type counts as missing. */
export function readClaims(claims: Readonly<Record<string, unknown>>, names: ClaimNames): Claims {
  const claim = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined)
  return {
    name: z
      .string()
      .nullable()
      .catch(null)
      .parse(claim(names.username) ?? null),
    groups: texts.catch([]).parse(claim(names.groups)),
    scopes: words
      .nullable()
      .catch(null)
      .parse(claim('scope') ?? null),
  }
}
