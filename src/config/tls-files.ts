/** The TLS files that settings name. All are read at the start: a wrong path would otherwise be found at the first call. */
import { certificateProblems, type PemFile, type PemPair, pairProblems } from '../lib/tls/pem-files.ts'
import type { Environment } from './env.ts'
import type { FileSettings } from './file.ts'

type FileVariable = `${'AMQP' | 'REDIS'}_${'CA' | 'CERT' | 'KEY'}` | `TLS_${'CERT' | 'KEY' | 'CLIENT_CA'}`

/**
 * A sentence for each file that cannot be read or is of another kind, and for each certificate without its key.
 * @param nameOf an option of the settings file as it is named in the sentence, with its place
 */
export function tlsFileProblems(
  env: Partial<Environment>,
  file: Partial<FileSettings>,
  nameOf: (option: string) => string,
): string[] {
  const { requests_verify: verify } = file
  const database = databaseFiles(env.DATABASE_URL)
  const variable = (name: FileVariable) => ({ setting: name, path: env[name] })
  const option = (name: keyof FileSettings, path = '') => ({ setting: nameOf(name), path })
  const authorities: PemFile[] = [
    ...(['AMQP_CA', 'REDIS_CA', 'TLS_CLIENT_CA'] as const).map(variable),
    database.sslrootcert,
    option('requests_verify', typeof verify === 'string' ? verify : ''),
  ]
  const variables: PemPair[] = [
    { certificate: variable('TLS_CERT'), key: variable('TLS_KEY') },
    { certificate: variable('AMQP_CERT'), key: variable('AMQP_KEY') },
    { certificate: variable('REDIS_CERT'), key: variable('REDIS_KEY') },
  ]
  const pairs: PemPair[] = [
    ...variables.filter(({ certificate, key }) => certificate.path && key.path), // `env.ts` reports half a pair
    { certificate: database.sslcert, key: database.sslkey },
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

/** The driver reads these files at its first connection, regardless of `sslmode`; of a repeated name it uses the last one. */
function databaseFiles(url: string | undefined) {
  const options = url === undefined ? undefined : new URL(url).searchParams
  const named = (name: string): PemFile => ({
    setting: `DATABASE_URL: ${name}`,
    path: options?.getAll(name).at(-1),
  })
  return { sslrootcert: named('sslrootcert'), sslcert: named('sslcert'), sslkey: named('sslkey') }
}
