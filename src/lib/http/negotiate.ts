/** Kerberos for HTTP: tokens for `Authorization: Negotiate` (RFC 4559). */
import { BadSettings, messageOf } from '../errors.ts'

/** Fresh request headers; each token is good for one request. */
export type Negotiate = () => Promise<Record<string, string>>

// The part of the `kerberos` package that is used. It is native code, so it is a peer that sites with Kerberos install.
type KerberosPackage = {
  GSS_MECH_OID_SPNEGO: number
  initializeClient(
    service: string,
    options: { mechOID: number; principal?: string },
  ): Promise<{ step(challenge: string): Promise<string> }>
}

/**
 * Tokens for the host of `url`, from the credential cache or client keytab of the process. Without `principal` the
 * default one is used. Throws `BadSettings` when the package is not installed.
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

async function loadKerberos(): Promise<KerberosPackage> {
  const name: string = 'kerberos' // a variable, so that neither the compiler nor the linter wants it installed
  try {
    const loaded = (await import(name)) as { default: KerberosPackage } // CommonJS: all of it is the default export
    return loaded.default
  } catch (error) {
    throw new BadSettings([
      `Kerberos authentication needs the package 'kerberos': npm install kerberos (${messageOf(error).split('\n')[0]})`,
    ])
  }
}
