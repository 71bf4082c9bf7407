/** Tokens and passwords stay out of the log. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/api/app.ts'
import { createClients } from '../../../../src/clients/index.ts'
import { startGuarded } from '../../../support/api/guarded-api.ts'
import { addGuardedRoutes } from '../../../support/api/guarded-routes.ts'
import { PROXY } from '../../../support/api/logins.ts'
import { AUDIENCE, startOpenIdIssuer } from '../../../support/servers/openid-issuer.ts'
import { READER, USER_BASE } from '../../../support/servers/slapd.ts'

describe('the log', () => {
  it('has neither tokens nor passwords, whatever fails', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const log = pino({ level: 'trace' }, stream)
    const issuer = await startOpenIdIssuer()
    const secrets: string[] = [READER.password]
    const openid = { auth_openidc_issuer: issuer.url, auth_openidc_audience: AUDIENCE }
    const userinfo = { auth_openidc_userinfo_uri: issuer.userinfoUrl }
    const ldap = { auth_ldap_server: 'ldap://127.0.0.1:1', auth_ldap_user_base: USER_BASE }
    for (const [backend, settings] of [
      ['openidc', openid],
      ['openidc', userinfo],
      ['kerberos', ldap],
    ] as const) {
      const bind = { LDAP_BIND_DN: READER.dn, LDAP_BIND_PASSWORD: READER.password }
      const api = await startGuarded({ AUTH_BACKEND: backend, ...bind }, settings)
      const clients = createClients(api.ctx.settings, log, api.ctx.metrics)
      const app = createApp({ ...api.ctx, log, clients })
      addGuardedRoutes(app)
      for (const isDown of [false, true]) {
        issuer.setDown(isDown)
        const token = await issuer.sign({ claims: { exp: isDown ? undefined : 1 } })
        secrets.push(token, token.split('.')[1] ?? '')
        const headers = {
          authorization: `Bearer ${token}`,
          'x-remote-user': 'root',
          cookie: `session=${token}`,
        }
        const path = `/api/1/guarded/rebuild?access_token=${token}&id_token=${token}`
        const env = { incoming: { socket: { remoteAddress: PROXY } } }
        expect((await app.request(path, { method: 'POST', headers }, env)).status).toBeGreaterThanOrEqual(401)
      }
      await api.drop()
    }
    await issuer.stop()
    const text = lines.join('')
    expect(text).toContain('access_token=***')
    expect(text).toContain('directory lookup failed')
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
  })
})
