/** The LDAP directory: the groups of a user (behaviour/freshmaker 4). */
import { AndFilter, Client, type Entry, EqualityFilter } from 'ldapts'
import { withinTime } from '../../lib/async/deadline.ts'
import { createCache } from '../../lib/cache.ts'
import { messageOf, UpstreamError } from '../../lib/errors.ts'
import type { ClientOptions } from '../../lib/http/client.ts'
import { certificateProblem } from '../../lib/tls/certificate-problem.ts'

/** `url` is `ldap://` or `ldaps://`. Without `bind` the directory is read anonymously. */
export type LdapOptions = Pick<ClientOptions, 'url' | 'tls' | 'tlsFiles' | 'tlsSettings' | 'onCall'> & {
  /** DN of the folder that holds the users. */
  userBase: string
  bind?: { dn: string; password: string }
  /** Milliseconds of any monotonic clock. */
  now?: () => number
}

/** A directory that is only read. */
export type LdapClient = {
  /**
   * DNs of the groups of a user; none for an unknown one. Remembered for a minute. After a failure, every lookup of the
   * next half minute fails immediately: a directory that does not answer costs two seconds once, not once for each request.
   * @throws UpstreamError
   */
  groupsOf(user: string): Promise<readonly string[]>
}

const PATIENCE_MS = 2000
const REMEMBERED_MS = 60_000
const PAUSE_MS = 30_000
const MAX_USERS = 10_000

/** Opens one connection for each lookup, and closes it again. */
export function createLdapClient(options: LdapOptions): LdapClient {
  const now = options.now ?? (() => performance.now())
  const lookups = createCache<Promise<readonly string[]>>(MAX_USERS, now)
  let failure: { error: UpstreamError; until: number } | undefined

  async function lookUp(user: string): Promise<readonly string[]> {
    const started = performance.now()
    const report = (outcome: 'ok' | 'unreachable') =>
      options.onCall?.({ service: 'ldap', outcome, ms: performance.now() - started })
    try {
      const groups = await search(options, user)
      failure = undefined
      report('ok')
      return groups
    } catch (thrown) {
      const detail = certificateProblem(thrown, options.tlsSettings) ?? messageOf(thrown)
      const error = new UpstreamError({ service: 'ldap', failure: 'unreachable', detail })
      failure = { error, until: now() + PAUSE_MS }
      lookups.delete(user)
      report('unreachable')
      throw error
    }
  }

  return {
    groupsOf: async (user) => {
      const known = lookups.get(user)
      if (known) return known
      if (failure && failure.until > now()) throw failure.error
      const lookup = lookUp(user)
      lookups.set(user, lookup, REMEMBERED_MS)
      return lookup
    },
  }
}

async function search(
  { url, tls, tlsFiles, userBase, bind }: LdapOptions,
  user: string,
): Promise<readonly string[]> {
  const client = new Client({
    url,
    timeout: PATIENCE_MS,
    connectTimeout: PATIENCE_MS,
    // With TLS options ldapts would speak TLS to ldap:// too.
    ...(url.startsWith('ldaps:') && { tlsOptions: { ...tls, ...tlsFiles?.() } }),
  })
  const query = async () => {
    if (bind) await client.bind(bind.dn, bind.password)
    // Values of filter objects are sent as they are, apart from the filter's syntax: there is nothing to escape.
    const filter = new AndFilter({
      filters: [
        new EqualityFilter({ attribute: 'uid', value: user }),
        new EqualityFilter({ attribute: 'objectClass', value: 'posixAccount' }),
      ],
    })
    return client.search(userBase, { scope: 'one', filter, attributes: ['uid', 'memberOf'] })
  }
  try {
    const { searchEntries } = await withinTime(query(), PATIENCE_MS)
    // Directories compare without case and with spaces folded; `Root` must not get the groups of `root`.
    const exact = searchEntries.filter((entry) => valuesOf(entry, 'uid').includes(user))
    return exact.flatMap((entry) => valuesOf(entry, 'memberOf'))
  } finally {
    await client.unbind().catch(() => undefined) // the answer is there, or its absence was reported
  }
}

function valuesOf(entry: Entry, attribute: string): string[] {
  const name = Object.keys(entry).find((key) => key.toLowerCase() === attribute.toLowerCase())
  return name === undefined ? [] : [entry[name] ?? []].flat().map(String)
}
