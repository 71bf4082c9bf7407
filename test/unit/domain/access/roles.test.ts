/** Roles by the setting `permissions` (behaviour/freshmaker 4). */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../src/config/file.ts'
import { rolesOf } from '../../../../src/domain/access/roles.ts'

const permissionsIn = (yaml: string) => parseSettings(`permissions: ${yaml}`, 'x').permissions

describe('permissions', () => {
  it.each([
    'a text',
    '[admin]',
    '{admin: [root]}',
    '{admin: root}',
    '{admin: }',
    '{admin: {users: root}}',
    '{admin: {users: {root: true}}}',
    '{admin: {users: [1]}}',
    '{admin: {users: [root], user: [root]}}',
    '{admin: {users: [], groups: [[a]]}}',
  ])('that are not roles with users and groups stop the start with the text of the original: %s', (yaml) => {
    expect(() => permissionsIn(yaml)).toThrow(
      'x:1: permissions: The permissions configuration must be a dictionary with the keys as role names and the values as ' +
        'dictionaries with the keys "users" and "groups", which must have values that are lists. For example, ' +
        '{"admin": {"groups": [], "users": ["user"]}}.',
    )
  })

  it('may leave out users, groups, or everything', () => {
    expect(permissionsIn('{admin: {users: [root]}, manual_rebuilder: {}}')).toEqual({
      admin: { users: ['root'], groups: [] },
      manual_rebuilder: { users: [], groups: [] },
    })
    expect(parseSettings('', 'x').permissions).toEqual({})
  })
})

describe('a user has a role', () => {
  const permissions = permissionsIn(
    '{admin: {users: ["CN=root,O=Example"], groups: ["cn=admins,dc=example"]}, manual_rebuilder: {groups: [rebuilders]}}',
  )

  it('by name', () => {
    expect(rolesOf(permissions, 'CN=root,O=Example', [])).toEqual(['admin'])
  })

  it('by any of its groups', () => {
    expect(rolesOf(permissions, 'han', ['x', 'rebuilders', 'cn=admins,dc=example'])).toEqual([
      'admin',
      'manual_rebuilder',
    ])
  })

  it.each([
    'cn=root,o=Example',
    'CN=root, O=Example',
    'O=Example,CN=root',
    '/O=Example/CN=root',
    'CN=root,O=Example,C=XX',
    'CN=root\\,O=Example',
    'CN="root",O=Example',
    'root',
    ' CN=root,O=Example',
    'cn=admins,dc=example',
    '__proto__',
    'constructor',
  ])('never by a name that only resembles one that has it: %s', (name) => {
    expect(rolesOf(permissions, name, [])).toEqual([])
  })

  it('never by a group that is named like a user, or the other way round', () => {
    expect(rolesOf(permissions, 'rebuilders', ['CN=root,O=Example', 'CN=Admins,dc=example'])).toEqual([])
  })

  it('never by a role that comes from the prototype of an object', () => {
    const inherited = Object.create({ admin: { users: ['root'], groups: [] } })
    expect(rolesOf(inherited, 'root', [])).toEqual([])
  })
})
