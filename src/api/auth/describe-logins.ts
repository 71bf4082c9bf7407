/** Describes in the OpenAPI document how clients log in: the schemes of the configured backend, and which operations need them. */
import type { BackendName } from '../../config/auth.ts'
import type { FileSettings } from '../../config/file.ts'
import { GATE_ROOT } from '../api.ts'
import { isOpenWithoutLogin } from './requires.ts'

/** A security scheme of OpenAPI 3.1, which knows one type more than the types of the generator. */
type Scheme = {
  type: 'http' | 'openIdConnect' | 'mutualTLS'
  description: string
  scheme?: string
  bearerFormat?: string
  openIdConnectUrl?: string
}
type Operation = { responses?: Record<string, unknown>; security?: unknown }
type Document = {
  components?: object | undefined
  paths?: Record<string, object> | undefined
}
/** The settings that decide who has to log in, and how. */
export type LoginSettings = {
  backend: BackendName
  file: Pick<FileSettings, 'auth_openidc_issuer' | 'read_requires_login'>
}

const KERBEROS: Scheme = {
  type: 'http',
  scheme: 'negotiate',
  description: 'A Kerberos ticket, which the proxy in front checks',
}
const CERTIFICATE: Scheme = {
  type: 'mutualTLS',
  description: 'A client certificate, which the proxy in front checks, or this server on its own TLS socket',
}

/** Each scheme of a backend is enough. */
const SCHEMES: Readonly<Record<BackendName, (file: LoginSettings['file']) => Record<string, Scheme>>> = {
  noauth: () => ({}),
  kerberos: () => ({ kerberos: KERBEROS }),
  ssl: () => ({ certificate: CERTIFICATE }),
  kerberos_or_ssl: () => ({ kerberos: KERBEROS, certificate: CERTIFICATE }),
  openidc: ({ auth_openidc_issuer: issuer }) => ({ token: issuer ? tokenOf(issuer) : OPAQUE_TOKEN }),
}
const OPAQUE_TOKEN: Scheme = { type: 'http', scheme: 'bearer', description: 'A token of the OpenID issuer' }
const tokenOf = (issuer: string): Scheme => ({
  type: 'openIdConnect',
  openIdConnectUrl: `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
  description: 'A bearer token that is a JWT of this issuer, issued for this service',
})

/** What any operation may answer when reading requires a login. */
const REFUSALS = {
  401: 'No valid login',
  403: 'A page of another site sent the request',
  503: 'The login cannot be checked',
}

/**
 * Adds the schemes, and `security` to the operations that need a login: those that describe a 401, which every guarded
 * route does, and with `read_requires_login` all that are not open (decision 0023), which then get the refusals too.
 */
export function describeLogins<D extends Document>(document: D, { backend, file }: LoginSettings) {
  const securitySchemes = SCHEMES[backend](file)
  const security = Object.keys(securitySchemes).map((name) => ({ [name]: [] }))
  if (security.length === 0) return document
  const describe = (path: string, method: string, operation: Operation): Operation => {
    const isClosed = file.read_requires_login && !isOpenWithoutLogin(method.toUpperCase(), pathLike(path))
    if (isClosed)
      return { ...operation, responses: { ...refusalsAt(path), ...operation.responses }, security }
    return operation.responses?.['401'] ? { ...operation, security } : operation
  }
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [method, describe(path, method, operation)]),
    ),
  ])
  return {
    ...document,
    components: { ...document.components, securitySchemes },
    paths: Object.fromEntries(paths),
  }
}

/** The gate has errors of its own form (behaviour/greenwave 5). */
function refusalsAt(path: string) {
  const $ref = `#/components/schemas/${path.startsWith(`${GATE_ROOT}/`) ? 'GateMessage' : 'Error'}`
  const content = { 'application/json': { schema: { $ref } } }
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [status, { description, content }]),
  )
}

/** A path that the template stands for. */
function pathLike(template: string): string {
  return template.replace(/\{\w+\}/g, '1')
}
