/** Sessions of the build system: call numbers, new keys, and the ways to log in. */
import { describe, expect, test } from 'vitest'
import { XmlRpcFault } from '../../../../../src/lib/xmlrpc/index.ts'
import { startHub } from '../../../../support/lab/fake-hub.ts'
import { failureOf, headersOf, requestFor, sessionClient } from '../../../../support/lab/koji-client.ts'

describe('sessions', () => {
  test('get a new key when expired, and the call is repeated with its number', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.submitContainer(requestFor('app'))
    const [session] = hub.sessions
    if (session) session.expired = true
    expect(await koji.submitContainer(requestFor('web'))).toBe(102)
    expect(hub.sessions).toHaveLength(1)
    const sent = headersOf(hub, 'buildContainer')
    expect(sent.map(({ id, callnum }) => [id, callnum])).toEqual([
      ['6', '0'],
      ['6', '1'],
      ['6', '1'],
    ])
    expect(sent[2]?.key).not.toBe(sent[1]?.key)
    // The renewal itself carries no number: recorded, it would make the repeat look like one.
    expect(headersOf(hub, 'login')[1]).toMatchObject({ id: '6', callnum: undefined })
  })

  test('whose new key was lost with its answer are replaced by a new one', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.submitContainer(requestFor('app'))
    const [session] = hub.sessions
    if (session) session.expired = true
    hub.troubled.add('login')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await koji.submitContainer(requestFor('web'))).toBe(102)
    expect(headersOf(hub, 'buildContainer').at(-1)).toMatchObject({ id: '7', callnum: '0' })
  })

  test('unknown to the hub are replaced by a new one', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.submitContainer(requestFor('app'))
    hub.sessions.splice(0, 1, { id: 90, key: 'other', callnum: null, expired: false })
    expect(await koji.submitContainer(requestFor('web'))).toBe(102)
    expect(headersOf(hub, 'buildContainer').at(-1)).toMatchObject({ id: '7', callnum: '0' })
  })

  test('that the hub keeps refusing are not retried forever', async () => {
    const hub = await startHub()
    hub.methods.buildContainer = () => 1
    hub.methods.multiCall = () => {
      throw new XmlRpcFault(1002, 'Invalid session or bad credentials')
    }
    expect(await failureOf(sessionClient(hub).submitContainer(requestFor('app')))).toMatchObject({
      code: 1002,
    })
    expect(hub.ran.filter((name) => name === 'login')).toHaveLength(2)
  })

  test('of a hub that is briefly offline repeat the call with the same number', async () => {
    const hub = await startHub()
    const run = hub.methods
    let offline = 2
    run.multiCall = () => {
      if (offline-- > 0) throw new XmlRpcFault(1014, 'server is offline')
      return [[77]]
    }
    expect(await sessionClient(hub).submitContainer(requestFor('app'))).toBe(77)
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0', '0'])
  })

  test('are sent in the URL to old hubs', async () => {
    const hub = await startHub({ headerAuth: false })
    const koji = sessionClient(hub)
    await koji.submitContainer(requestFor('app'))
    await koji.submitContainer(requestFor('web'))
    const urls = hub.received.filter(({ body }) => body.includes('buildContainer')).map(({ url }) => url)
    expect(urls[0]).toMatch(/^\/kojihub\?session-id=6&session-key=key-[\d.e-]+&callnum=0$/)
    expect(urls[1]).toMatch(/callnum=1$/)
    expect(headersOf(hub, 'buildContainer')[0]?.id).toBeUndefined()
  })

  test('never have overlapping calls', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await Promise.all([
      koji.submitContainer(requestFor('app')),
      koji.getLoggedInUser(),
      koji.cancelTask(1),
      koji.findTasks({ since: new Date() }),
    ])
    const numbers = hub.received.flatMap(({ headers }) => headers['koji-session-callnum'] ?? [])
    expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('are not blocked by a failed call', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await failureOf(koji.submitContainer(requestFor('app', 'nope')))
    expect(await koji.submitContainer(requestFor('web'))).toBe(101)
  })

  test('with Kerberos log in at a separate path with a fresh ticket', async () => {
    const hub = await startHub()
    let tickets = 0
    const negotiate = async () => ({ authorization: `Negotiate ticket-${++tickets}` })
    const koji = sessionClient(hub, { auth: { kind: 'gssapi', negotiate } })
    expect(await koji.getLoggedInUser()).toEqual({ id: 2, name: 'freshwave' })
    const login = hub.received[0]
    expect(login?.url).toBe('/kojihub/ssllogin')
    expect(login?.headers.authorization).toBe('Negotiate ticket-1')
    expect(hub.received[1]?.headers.authorization).toBeUndefined()
  })

  test('with Kerberos fail with the name of the missing package', async () => {
    const hub = await startHub()
    const failure = await failureOf(sessionClient(hub, { auth: { kind: 'gssapi' } }).getLoggedInUser())
    expect(String(failure)).toContain('npm install kerberos')
  })

  test('log out when the client is closed', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.getLoggedInUser()
    await koji.close()
    expect(hub.ran.at(-1)).toBe('logout')
  })
})
