/** Authenticates requests: the login of the configured backend, the user's row, and the roles (behaviour/freshmaker 1.3, 4). */
import { authWarnings } from '../../config/auth.ts'
import type { Database } from '../../db/orm.ts'
import { recordUser } from '../../db/queries/users.ts'
import { NOAUTH } from '../../domain/access/identity.ts'
import { rolesOf } from '../../domain/access/roles.ts'
import { createCache } from '../../lib/cache.ts'
import type { SharedContext } from '../api.ts'
import type { Access } from './access.ts'
import { BACKENDS } from './backends/index.ts'
import { notAuthenticated, readLoginRequest } from './login.ts'

/** The length of the original's column, which would cut longer names. */
const MAX_NAME = 200
const MAX_REMEMBERED_USERS = 10_000

/** Logs what is odd about the settings. Without a database (`--only gate`) users are not recorded. */
export function openAccess({ settings, clients, log, db }: SharedContext): Access {
  const { env, file } = settings
  const { permissions } = file
  const backend = BACKENDS[env.AUTH_BACKEND]
  const record = createRecorder(db)
  for (const warning of authWarnings(settings)) log.warn(warning)
  return {
    authenticate: async (sender, headers, incoming) => {
      const login = await backend(readLoginRequest(sender, headers, incoming, log), { file, clients, log })
      if (!login) return NOAUTH
      checkName(login.name)
      await record(login.name)
      return { ...login, roles: rolesOf(permissions, login.name, login.groups) }
    },
    scopeNamespace: file.oidc_base_namespace,
    challenge: env.AUTH_BACKEND === 'openidc' ? 'Bearer' : undefined,
  }
}

/** Refuses names that would be misread in rows, messages and logs. */
function checkName(name: string): void {
  if (name.length > MAX_NAME) throw notAuthenticated(`The user name is longer than ${MAX_NAME} characters.`)
  if (name === '' || name.trim() !== name || /\p{Cc}/u.test(name))
    throw notAuthenticated('The user name is empty, or has control characters or spaces at its ends.')
}

/** Stores each user once; remembers which ones, so that a request of a known user costs no statement. */
function createRecorder(db: Database | undefined): (name: string) => Promise<void> {
  const recorded = createCache<true>(MAX_REMEMBERED_USERS, () => 0)
  return async (name) => {
    if (!db || recorded.get(name)) return
    await recordUser(db.fork(), name)
    recorded.set(name, true, 1) // the clock stands still, so it stays until others replace it
  }
}
