/** Roles, and who has them by the setting `permissions` (behaviour/freshmaker 4). */
import { z } from 'zod'

/** The roles that actions require. */
export const ROLES = ['admin', 'manual_rebuilder', 'freshmaker_async_rebuilders'] as const
export type Role = (typeof ROLES)[number]

const TEXT =
  'The permissions configuration must be a dictionary with the keys as role names and the values as dictionaries with ' +
  'the keys "users" and "groups", which must have values that are lists. For example, ' +
  '{"admin": {"groups": [], "users": ["user"]}}.'

const holdersSchema = z.strictObject({
  users: z.array(z.string()).default([]),
  groups: z.array(z.string()).default([]),
})

/** Users and groups by role. The settings file may have no other roles than these (`src/config/options/closed-names.ts`). */
export const permissionsSchema = z.unknown().transform((value, check) => {
  const parsed = z.record(z.string(), holdersSchema).safeParse(value)
  if (parsed.success) return parsed.data
  check.addIssue(TEXT)
  return z.NEVER
})
export type Permissions = z.output<typeof permissionsSchema>

/** The roles of a user: names and groups are compared to the letter, so two spellings of a DN are two users. */
export function rolesOf(permissions: Permissions, name: string, groups: readonly string[]): Role[] {
  return ROLES.filter((role) => {
    const holders = Object.hasOwn(permissions, role) ? permissions[role] : undefined
    return holders?.users.includes(name) || holders?.groups.some((group) => groups.includes(group))
  })
}
