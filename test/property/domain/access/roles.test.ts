/** Roles of arbitrary users and permissions (behaviour/freshmaker 4). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { refusalOf } from '../../../../src/domain/access/judge.ts'
import { permissionsSchema, ROLES, rolesOf } from '../../../../src/domain/access/roles.ts'

const word = fc.oneof(fc.constantFrom('root', 'han', '__proto__', 'users', 'groups'), fc.string())
const holders = fc.record({ users: fc.array(word), groups: fc.array(word) }, { requiredKeys: [] })
const permissions = fc.dictionary(fc.oneof(fc.constantFrom(...ROLES), word), holders)

it('a user has exactly the roles that name it or one of its groups', () => {
  fc.assert(
    fc.property(permissions, word, fc.array(word), (written, name, groups) => {
      const parsed = permissionsSchema.parse(written)
      const roles = rolesOf(parsed, name, groups)
      for (const role of ROLES) {
        const { users = [], groups: admitted = [] } = Object.hasOwn(written, role)
          ? (written[role] ?? {})
          : {}
        const isNamed = users.includes(name) || groups.some((group) => admitted.includes(group))
        expect(roles.includes(role)).toBe(isNamed)
      }
    }),
  )
})

it('a user without roles may do nothing, whatever its name, groups and scopes', () => {
  fc.assert(
    fc.property(word, fc.array(word), fc.option(fc.array(word)), (name, groups, scopes) => {
      const identity = { name, groups, scopes, roles: [], credential: 'token' as const }
      expect(refusalOf('cancel', identity, '')).toBeDefined()
      expect(refusalOf('rebuild', identity, '')).toBeDefined()
    }),
  )
})
