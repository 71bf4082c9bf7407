/** The TLS files that settings name. All are read at the start: a wrong path would otherwise be found at the first call. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { fileProblem } from '../lib/errors.ts'
import type { Environment } from './env.ts'
import type { FileSettings } from './file.ts'

/** A PEM file by the setting that names it. */
export type PemFile = { setting: string; path: string | undefined }
type Pair = { certificate: PemFile; key: PemFile }

/**
 * A sentence for each file that cannot be read or is of another kind, and for each certificate without its key.
 * @param nameOf an option of the settings file as it is named in the sentence, with its place
 */
export function tlsFileProblems(
  { AMQP_CA, AMQP_CERT, AMQP_KEY, TLS_CERT, TLS_KEY, TLS_CLIENT_CA }: Partial<Environment>,
  file: Partial<FileSettings>,
  nameOf: (option: string) => string,
): string[] {
  const { requests_verify: verify } = file
  const option = (name: keyof FileSettings, path = '') => ({ setting: nameOf(name), path })
  const authorities: PemFile[] = [
    { setting: 'AMQP_CA', path: AMQP_CA },
    { setting: 'TLS_CLIENT_CA', path: TLS_CLIENT_CA },
    option('requests_verify', typeof verify === 'string' ? verify : ''),
  ]
  const variables: Pair[] = [
    {
      certificate: { setting: 'TLS_CERT', path: TLS_CERT },
      key: { setting: 'TLS_KEY', path: TLS_KEY },
    },
    {
      certificate: { setting: 'AMQP_CERT', path: AMQP_CERT },
      key: { setting: 'AMQP_KEY', path: AMQP_KEY },
    },
  ]
  const pairs: Pair[] = [
    ...variables.filter(({ certificate, key }) => certificate.path && key.path), // `env.ts` reports half a pair
    {
      certificate: option('pyxis_certificate', file.pyxis_certificate),
      key: option('pyxis_private_key', file.pyxis_private_key),
    },
    {
      certificate: option('pulp_crt_path', file.pulp_crt_path),
      key: option('pulp_key_path', file.pulp_key_path),
    },
  ]
  return [...authorities.flatMap(certificateProblems), ...pairs.flatMap(pairProblems)]
}

/** A sentence when the file cannot be read or is not a certificate; none without a path. */
export function certificateProblems(file: PemFile): string[] {
  return problems(file, 'a certificate', (pem) => new X509Certificate(pem))
}

/** A sentence for each file of the two that cannot be used, and when they do not belong together. */
export function pairProblems({ certificate, key }: Pair): string[] {
  const names = `${certificate.setting} and ${key.setting}`
  if (!certificate.path && !key.path) return []
  if (!certificate.path || !key.path) return [`${names}: set both or neither`]
  const found = [...certificateProblems(certificate), ...problems(key, 'a private key', createPrivateKey)]
  if (found.length > 0) return found
  try {
    createSecureContext({ cert: readFileSync(certificate.path), key: readFileSync(key.path) })
    return []
  } catch {
    return [`${names}: the key does not belong to the certificate`]
  }
}

function problems({ setting, path }: PemFile, kind: string, parse: (pem: Buffer) => unknown): string[] {
  if (!path) return []
  let pem: Buffer
  try {
    pem = readFileSync(path)
  } catch (error) {
    return [`${setting}: ${fileProblem(error, path)}`]
  }
  try {
    parse(pem)
    return []
  } catch {
    return [`${setting}: ${path} is not ${kind} in PEM format`]
  }
}
