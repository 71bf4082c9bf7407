/** Certificates and keys in files: a sentence for each that cannot be used. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { fileProblem } from '../errors.ts'

/** A PEM file by the setting or option that names it. */
export type PemFile = { setting: string; path: string | undefined }
export type PemPair = { certificate: PemFile; key: PemFile }

/** A sentence when the file cannot be read or is not a certificate; none without a path. */
export function certificateProblems(file: PemFile): string[] {
  return problems(file, 'a certificate', (pem) => new X509Certificate(pem))
}

/** A sentence for each file of the two that cannot be used, and when they do not belong together. */
export function pairProblems({ certificate, key }: PemPair): string[] {
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
