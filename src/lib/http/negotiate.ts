/** Kerberos over HTTP: creates tokens for `Authorization: Negotiate` (RFC 4559). */
import { createRequire } from 'node:module'
import { BadSettings, messageOf, noLogin } from '../errors.ts'

/** Returns fresh request headers; each token is valid for one request. */
export type Negotiate = () => Promise<Record<string, string>>

/** Not a literal, so that compiler and linter do not require the package. */
const PACKAGE: string = 'kerberos'

// The part of the `kerberos` package used here. It is native code, so only sites that use Kerberos install it.
type KerberosPackage = {
  GSS_MECH_OID_SPNEGO: number
  initializeClient(
    service: string,
    options: { mechOID: number; principal?: string },
  ): Promise<{ step(challenge: string): Promise<string> }>
}

/**
 * Creates tokens for the host of `url` from the credential cache or client keytab of the process. Without `principal`,
 * the default principal is used. Throws `BadSettings` when the package is not installed.
 */
export function createNegotiate(url: string, principal?: string): Negotiate {
  const service = `HTTP@${new URL(url).hostname}`
  return async () => {
    const kerberos = await loadKerberos()
    const client = await kerberos.initializeClient(service, {
      mechOID: kerberos.GSS_MECH_OID_SPNEGO,
      ...(principal && { principal }),
    })
    return { authorization: `Negotiate ${await client.step('')}` }
  }
}

/** The same for a client of a service: failing to get a ticket is trouble of our account there, which is waited for. */
export function negotiateWith(service: string, negotiate: Negotiate): Negotiate {
  return async () => {
    try {
      return await negotiate()
    } catch (error) {
      throw noLogin(service, `no Kerberos ticket: ${messageOf(error)}`)
    }
  }
}

/** Whether the package that every login with Kerberos needs is installed; it is not loaded. */
export function hasKerberos(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE)
    return true
  } catch {
    return false
  }
}

async function loadKerberos(): Promise<KerberosPackage> {
  try {
    const loaded = (await import(PACKAGE)) as { default: KerberosPackage } // CommonJS: the module is the default export
    return loaded.default
  } catch (error) {
    throw new BadSettings([
      `Kerberos authentication needs the package 'kerberos': npm install kerberos (${messageOf(error).split('\n')[0]})`,
    ])
  }
}
