/** Sessions of the hub: permissions, and how call numbers protect against repeated calls. */
import { describe, expect, it } from 'vitest'
import { expireSessions } from '../../../../../lab/services/koji/methods/sessions.ts'
import { encodeCall, XmlRpcFault, type XmlRpcInput } from '../../../../../src/lib/xmlrpc/index.ts'
import { asStruct, callHub, labForTest, logIn, postHub } from '../../../../support/lab/lab.ts'

const fault = (code: number, text: string) => new XmlRpcFault(code, text)

const BUILD: XmlRpcInput[] = [
  'git://dist-git.example.com/containers/nodejs-18#1',
  'rhel-8-containers-candidate',
  { git_branch: 'b' },
]

async function sessionForTest() {
  const lab = await labForTest()
  const url = lab.urls.KOJI_BASE_URL
  return { ...lab, url, me: await logIn(url) }
}

describe('login', () => {
  it('returns a session whose headers identify the caller', async () => {
    const { url, me } = await sessionForTest()
    expect(me.session).toEqual({
      'session-id': expect.any(Number),
      'session-key': expect.any(String),
      'header-auth': true,
    })
    expect(await me.call('getLoggedInUser')).toEqual({
      id: 2,
      name: 'freshwave',
      status: 0,
      usertype: 0,
      krb_principals: ['freshwave@EXAMPLE.COM'],
      authtype: 0,
      krb_principal: 'freshwave@EXAMPLE.COM',
    })
    expect(await callHub(url, 'getLoggedInUser')).toBeNull()
  })

  it('is refused with a wrong password or key, and inside a session', async () => {
    const { url, me } = await sessionForTest()
    await expect(callHub(url, 'login', ['freshwave', 'nope'])).rejects.toThrow(
      fault(1002, 'invalid username or password'),
    )
    await expect(me.call('login', ['freshwave', 'freshwave'])).rejects.toThrow(
      fault(1002, 'Already logged in'),
    )
    const headers = { ...me.headers(), 'Koji-Session-Key': 'bogus' }
    await expect(callHub(url, 'getLoggedInUser', [], headers)).rejects.toThrow(
      fault(1002, 'Invalid session or bad credentials'),
    )
  })

  it('can be sent in the query string, which is refused without a session', async () => {
    const { url, me } = await sessionForTest()
    const query = new URLSearchParams({
      'session-id': String(me.session['session-id']),
      'session-key': String(me.session['session-key']),
      callnum: '4',
    })
    expect(asStruct(await callHub(`${url}?${query}`, 'getLoggedInUser')).name).toBe('freshwave')
    await expect(callHub(`${url}?callnum=4`, 'getLoggedInUser')).rejects.toThrow('fault 1002')
  })

  it('through /ssllogin needs a token, and a hub that accepts tokens', async () => {
    const { url, world } = await sessionForTest()
    const post = (headers: Record<string, string>) =>
      postHub(`${url}/ssllogin`, encodeCall('sslLogin', []), headers)
    const bare = await post({})
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Negotiate'])
    const token = { Authorization: 'Negotiate dGlja2V0' }
    expect((await post(token)).status).toBe(401)
    world.koji.acceptNegotiate = true
    const session = asStruct(await callHub(`${url}/ssllogin`, 'sslLogin', [], token))
    const headers = {
      'Koji-Session-Id': String(session['session-id']),
      'Koji-Session-Key': String(session['session-key']),
    }
    expect(asStruct(await callHub(url, 'getLoggedInUser', [], headers)).authtype).toBe(3)
  })
})

describe('a session', () => {
  it('that has expired is renewed with the same id and a new key', async () => {
    const { url, me, world } = await sessionForTest()
    expireSessions(world.koji)
    await expect(me.call('getLoggedInUser')).rejects.toThrow('fault 1007')
    const renewed = asStruct(
      await callHub(url, 'login', ['freshwave', 'freshwave', null, true], me.headers()),
    )
    expect(renewed['session-id']).toBe(me.session['session-id'])
    expect(renewed['session-key']).not.toBe(me.session['session-key'])
    await expect(me.call('getLoggedInUser')).rejects.toThrow('fault 1002')
    const headers = { ...me.headers(), 'Koji-Session-Key': String(renewed['session-key']) }
    expect(asStruct(await callHub(url, 'getLoggedInUser', [], headers)).name).toBe('freshwave')
  })

  it('is invalid after logout', async () => {
    const { me } = await sessionForTest()
    expect(await me.call('logout')).toBeNull()
    await expect(me.call('getLoggedInUser')).rejects.toThrow(
      fault(1002, 'Invalid session or bad credentials'),
    )
  })
})

describe('the number of a call', () => {
  it('is not stored for reads', async () => {
    const { url, me } = await sessionForTest()
    await callHub(url, 'getLoggedInUser', [], me.headers(10))
    expect(asStruct(await callHub(url, 'getLoggedInUser', [], me.headers(5))).name).toBe('freshwave')
  })

  it('reused after a write is refused, because the write was done, and creates nothing', async () => {
    const { url, me, world } = await sessionForTest()
    const id = await callHub(url, 'buildContainer', BUILD, me.headers(20))
    const tasks = world.koji.tasks.size
    await expect(callHub(url, 'buildContainer', BUILD, me.headers(20))).rejects.toThrow(
      fault(1009, `unable to retry call 20 (method buildContainer) for session ${me.session['session-id']}`),
    )
    expect(world.koji.tasks.size).toBe(tasks)
    expect(asStruct(await callHub(url, 'getTaskInfo', [id])).owner).toBe(2)
  })

  it('lower than that of a write is out of sequence', async () => {
    const { url, me } = await sessionForTest()
    await callHub(url, 'buildContainer', BUILD, me.headers(20))
    await expect(callHub(url, 'getLoggedInUser', [], me.headers(19))).rejects.toThrow(
      fault(1008, `20 > 19 (session ${me.session['session-id']})`),
    )
  })

  it('of a write that faulted can be reused', async () => {
    const { url, me } = await sessionForTest()
    await expect(callHub(url, 'buildContainer', [...BUILD, -5], me.headers(3))).rejects.toThrow(
      fault(1004, 'only admins may create high-priority tasks'),
    )
    expect(await callHub(url, 'buildContainer', BUILD, me.headers(3))).toEqual(expect.any(Number))
  })

  it('counts once for a whole multicall', async () => {
    const { url, me } = await sessionForTest()
    const calls = [1, 2].map(() => ({ methodName: 'buildContainer', params: BUILD }))
    expect(await callHub(url, 'multiCall', [calls], me.headers(7))).toEqual([
      [expect.any(Number)],
      [expect.any(Number)],
    ])
    await expect(callHub(url, 'multiCall', [calls], me.headers(7))).rejects.toThrow('fault 1009')
  })
})

describe('without a session', () => {
  it('nothing can be built or canceled', async () => {
    const { url, me } = await sessionForTest()
    await expect(callHub(url, 'buildContainer', BUILD)).rejects.toThrow(
      fault(1000, 'task must have an owner'),
    )
    const id = await me.call('buildContainer', BUILD)
    await expect(callHub(url, 'cancelTask', [id])).rejects.toThrow('fault 1004')
    await expect(callHub(url, 'cancelBuild', [id])).rejects.toThrow('fault 1004')
    await expect(me.call('buildContainer', [...BUILD, null, 'nochannel'])).rejects.toThrow(
      fault(1000, 'No such channel: nochannel'),
    )
  })
})
