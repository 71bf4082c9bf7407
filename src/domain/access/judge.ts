/** Judges who may do what: roles and scopes by action, and the rules about single events (behaviour/freshmaker 3.3 to 3.8, 4). */
import { eventSubject } from '../event-subject.ts'
import type { Identity } from './identity.ts'
import type { Role } from './roles.ts'

/** One of the roles is enough, named in refusals in this order; a scope is required of tokens only. */
export type Requirement = { roles: readonly Role[]; scope?: string }

/** What each action requires. */
export const ACTIONS = {
  rebuild: { roles: ['admin', 'manual_rebuilder'], scope: 'submit-build' },
  'async-rebuild': { roles: ['admin', 'freshmaker_async_rebuilders'], scope: 'submit-build' },
  cancel: { roles: ['admin', 'manual_rebuilder'] },
  retry: { roles: ['admin', 'manual_rebuilder', 'freshmaker_async_rebuilders'], scope: 'submit-build' },
  replay: { roles: ['admin'] },
  'read-inbox': { roles: ['admin'] },
  'read-missed-advisories': { roles: ['admin'] },
  'operate-queues': { roles: ['admin'] },
  'read-audit': { roles: ['admin'] },
} as const satisfies Record<string, Requirement>
export type Action = keyof typeof ACTIONS

/**
 * Why an authenticated caller may not do this; undefined: it may. The scope is judged before the role.
 * @param scopeNamespace the setting `oidc_base_namespace`, which precedes the scope's name in tokens
 */
export function refusalOf(action: Action, identity: Identity, scopeNamespace: string): string | undefined {
  const { roles, scope }: Requirement = ACTIONS[action]
  const { name, credential, scopes } = identity
  if (credential === 'noauth') return undefined
  if (scope && scopes && !scopes.includes(scopeNamespace + scope))
    return `Request does not have required scope ${scope}`
  if (roles.some((role) => identity.roles.includes(role))) return undefined
  return `User ${name} does not have any of the following roles: ${roles.join(', ')}`
}

/**
 * Why a caller that may cancel events may not cancel this one; undefined: it may. `requester` is null for automatic events,
 * which only admins cancel.
 */
export function refusalToCancel(
  { name, credential, roles }: Identity,
  requester: string | null,
): string | undefined {
  if (credential === 'noauth' || roles.includes('admin')) return undefined
  if (name !== null && name === requester) return undefined
  return "You must be an admin to cancel someone else's event."
}

/**
 * Why a caller that may retry events may not retry one of this type; undefined: it may. A retry builds what a new request
 * would, so it requires the roles of that request; who requested the ended event does not matter (decision 0033).
 */
export function refusalToRetry(
  identity: Identity,
  eventTypeId: number,
  scopeNamespace: string,
): string | undefined {
  const isAsync = eventSubject(eventTypeId) === 'named-images'
  return refusalOf(isAsync ? 'async-rebuild' : 'rebuild', identity, scopeNamespace)
}
