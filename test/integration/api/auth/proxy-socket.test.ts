/** Login headers as they arrive over a socket: repeated or malformed ones are refused (behaviour/freshmaker 4). */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWeb, type Web } from '../../../../src/api/server.ts'
import { recordedUsers } from '../../../support/api/guarded-api.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { USER_BASE } from '../../../support/servers/slapd.ts'

describe('over a socket', () => {
  let ctx: TestContext
  let web: Web
  beforeAll(async () => {
    const settings = {
      trusted_proxies: ['127.0.0.1'],
      auth_ldap_server: 'ldap://127.0.0.1:1',
      auth_ldap_user_base: USER_BASE,
      permissions: { admin: { users: ['root'] } },
    }
    ctx = await createTestContext({ AUTH_BACKEND: 'kerberos', PORT: '0' }, JSON.stringify(settings))
    web = await startWeb(ctx)
  })
  afterAll(async () => {
    await web.stop()
    await ctx.drop()
  })

  /** The status line and the body of the response to these very bytes. */
  async function send(...lines: string[]): Promise<string> {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      ['GET /queues/api/queues HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join(
        '\r\n',
      ),
    )
    let text = ''
    for await (const data of socket) text += data
    return text
  }

  it('a login header of the proxy counts', async () => {
    expect(await send('X-Remote-User: root@EXAMPLE.COM')).toContain('HTTP/1.1 200')
  })

  it.each([
    ['twice', ['X-Remote-User: guest@EXAMPLE.COM', 'X-Remote-User: root@EXAMPLE.COM']],
    ['twice in different case', ['x-remote-user: root@EXAMPLE.COM', 'X-REMOTE-USER: root@EXAMPLE.COM']],
    ['twice, once empty', ['X-Remote-User:', 'X-Remote-User: root@EXAMPLE.COM']],
  ])('a login header that is sent %s is refused', async (_what, lines) => {
    const answer = await send(...lines)
    expect(answer).toContain('HTTP/1.1 401')
    expect(answer).toContain('The header X-Remote-User is given more than once.')
  })

  it.each([
    ['a line break in a value', ['X-Remote-User: guest\nX-Remote-User: root']],
    ['a carriage return in a value', ['X-Remote-User: guest\rroot']],
    ['a NUL in a value', ['X-Remote-User: root\0']],
    ['a folded line', ['X-Remote-User: guest', ' root']],
    ['a space before the colon', ['X-Remote-User : root']],
    ['two lengths', ['Content-Length: 0', 'Content-Length: 5', 'X-Remote-User: root']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X-Remote-User: root']],
  ])('a request with %s never reaches a user', async (_what, lines) => {
    const before = await recordedUsers(ctx)
    expect(await send(...lines)).toMatch(/^HTTP\/1\.1 40[01] /)
    expect(await recordedUsers(ctx)).toEqual(before)
  })
})
