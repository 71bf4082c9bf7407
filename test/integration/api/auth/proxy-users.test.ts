/** Users that a proxy has logged in: the realms they may come from, and their groups in the directory (behaviour/freshmaker 4). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApi } from '../../../support/api/api.ts'
import { requestRebuild, startGuarded } from '../../../support/api/guarded-api.ts'
import { groupDn, hasSlapd, type Slapd, startSlapd, USER_BASE } from '../../../support/servers/slapd.ts'

describe('with auth_kerberos_realms, a principal', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startGuarded(
      { AUTH_BACKEND: 'kerberos_or_ssl' },
      {
        auth_ldap_server: 'ldap://127.0.0.1:1',
        auth_ldap_user_base: USER_BASE,
        auth_kerberos_realms: ['EXAMPLE.COM', 'TEST.EXAMPLE.COM'],
        permissions: { admin: { users: ['root'] } },
      },
    )
  })
  afterAll(() => api.drop())

  it.each(['root@EXAMPLE.COM', 'root@TEST.EXAMPLE.COM', 'root'])('%s logs in', async (principal) => {
    const { status, body } = await requestRebuild(api, { headers: { 'X-Remote-User': principal } })
    expect([status, body.name]).toEqual([200, 'root'])
  })

  it.each(['OTHER.ORG', 'example.com', 'EXAMPLE.COM.OTHER.ORG', 'COM', ''])(
    'of the realm %j is refused, also with a good certificate beside it',
    async (realm) => {
      const certificate = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=root' }
      const headers = { 'X-Remote-User': `root@${realm}`, ...certificate }
      const { status, body } = await requestRebuild(api, { headers })
      expect([status, body.message]).toEqual([401, `Users of the realm ${realm} cannot log in.`])
    },
  )
})

describe.skipIf(!hasSlapd)('the directory', () => {
  let slapd: Slapd
  let api: TestApi
  beforeAll(async () => {
    slapd = await startSlapd({ groups: { admins: ['root'] } })
    api = await startGuarded(
      { AUTH_BACKEND: 'kerberos' },
      {
        auth_ldap_server: slapd.url,
        auth_ldap_user_base: USER_BASE,
        permissions: { admin: { users: ['named'], groups: [groupDn('admins')] } },
      },
    )
  })
  afterAll(async () => {
    await api.drop()
    await slapd.stop()
  })
  const as = (user: string) => requestRebuild(api, { headers: { 'X-Remote-User': user } })

  it.each(['*', 'root)(uid=*', 'Root', 'root\\', 'ro*'])('gives no role to %j', async (user) => {
    const { status, body } = await as(user)
    expect([status, body.message]).toEqual([
      403,
      `User ${user} does not have any of the following roles: admin, manual_rebuilder`,
    ])
  })

  it('is not needed for users that permissions names, and others have no groups while it is down', async () => {
    await slapd.kill()
    expect((await as('named')).status).toBe(200)
    expect((await as('root')).body.message).toBe(
      'User root does not have any of the following roles: admin, manual_rebuilder',
    )
  })
})
