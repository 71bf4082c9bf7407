/** All ways to authenticate requests, by the value of AUTH_BACKEND. */
import type { BackendName } from '../../../config/auth.ts'
import type { Backend } from '../login.ts'
import { kerberos } from './kerberos.ts'
import { kerberosOrSsl } from './kerberos-or-ssl.ts'
import { noauth } from './noauth.ts'
import { openidc } from './openidc.ts'
import { ssl } from './ssl.ts'

/** One backend for each value. */
export const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  noauth,
  kerberos,
  ssl,
  kerberos_or_ssl: kerberosOrSsl,
  openidc,
}
