/** Builds are submitted at most once, several in one request, and only trouble of a build itself is about the build. */
import { describe, expect, test } from 'vitest'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'
import { OutcomeUnknown, troubleOf } from '../../../../../src/lib/errors.ts'
import { XmlRpcFault, type XmlRpcInput } from '../../../../../src/lib/xmlrpc/index.ts'
import { startHub } from '../../../../support/lab/fake-hub.ts'
import {
  failureOf,
  headersOf,
  PASSWORD,
  requestFor,
  sessionClient,
} from '../../../../support/lab/koji-client.ts'

describe('submitting', () => {
  test('logs in once and numbers its calls from 0', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    expect(await koji.submitContainer(requestFor('app'))).toBe(101)
    expect(await koji.submitContainer(requestFor('web'))).toBe(102)
    expect(hub.ran.filter((name) => name === 'login')).toHaveLength(1)
    expect(headersOf(hub, 'buildContainer').map(({ id, callnum }) => [id, callnum])).toEqual([
      ['6', '0'],
      ['6', '1'],
    ])
    expect(hub.tasks[0]?.request).toEqual([
      'git://pkgs.example.com/containers/app#89abcdef',
      'rhel-8-containers-candidate',
      { scratch: false, git_branch: 'rhel-8', release: '3.1795278293', isolated: true },
    ])
  })

  test('sends simultaneous builds as one request, and returns to each caller its own task', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const names = Array.from({ length: 30 }, (_, index) => `app-${index}`)
    const ids = await Promise.all(names.map((name) => koji.submitContainer(requestFor(name))))
    expect(headersOf(hub, 'buildContainer')).toHaveLength(1)
    names.forEach((name, index) => {
      const task = hub.tasks.find(({ id }) => id === ids[index])
      expect(task?.request[0]).toContain(`/${name}#`)
    })
  })

  test('omits a build that is no longer wanted when the request is sent', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub, { requestsPerSecond: 10 })
    await koji.submitContainer(requestFor('first'))
    let isWanted = true
    const gathered = Promise.allSettled([
      koji.submitContainer(requestFor('app'), () => isWanted),
      koji.submitContainer(requestFor('web')),
    ])
    isWanted = false
    const [app, web] = await gathered
    expect(app).toMatchObject({ status: 'rejected', reason: { name: 'NotReady' } })
    expect(web).toEqual({ status: 'fulfilled', value: 102 })
    expect(hub.tasks).toHaveLength(2)
  })

  test('sends nothing that stopped being wanted during a login or before a repeat', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    let isWanted = true
    hub.methods.login = () => {
      isWanted = false
      return { 'session-id': 6, 'session-key': 'key', 'header-auth': true }
    }
    const failure = await failureOf(koji.submitContainer(requestFor('app'), () => isWanted))
    expect(failure).toMatchObject({ name: 'NotReady' })
    expect(hub.ran).toEqual(['login'])
  })

  test('does not repeat what is no longer wanted, and reports that it may have been carried out', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.getLoggedInUser()
    hub.troubles.push({ when: 'before', kind: 'drop' })
    const failure = await failureOf(
      koji.submitContainer(
        requestFor('app'),
        () => !hub.received.some(({ body }) => body.includes('>buildCont')),
      ),
    )
    expect(failure).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toEqual([])
  })

  test('refuses only the build of which XML cannot carry a text', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const [good, bad] = await Promise.allSettled([
      koji.submitContainer(requestFor('app')),
      koji.submitContainer(requestFor('web', 'rhel\u0001')),
    ])
    expect(good).toEqual({ status: 'fulfilled', value: 101 })
    const text = 'buildContainer: params[1]: the character U+0001 cannot be written in XML'
    expect(bad).toMatchObject({ status: 'rejected', reason: { blame: 'thing', text } })
  })

  test('rejects only the refused build of a request', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const [good, bad] = await Promise.allSettled([
      koji.submitContainer(requestFor('app')),
      koji.submitContainer(requestFor('web', 'nope')),
    ])
    expect(good).toEqual({ status: 'fulfilled', value: 101 })
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 1005, text: 'Target `nope` not found' } })
  })

  test('without a login the hub refuses our account, not the build', async () => {
    const hub = await startHub()
    const failure = await failureOf(
      sessionClient(hub, { auth: { kind: 'none' } }).submitContainer(requestFor('app')),
    )
    expect(failure).toBeInstanceOf(KojiFault)
    expect(failure).toMatchObject({ code: 1000, text: 'task must have an owner' })
    expect((failure as KojiFault).blame).toBe('account')
  })

  test('reports a wrong password with the text of the hub', async () => {
    const hub = await startHub()
    const auth = { ...PASSWORD, password: 'wrong' }
    const failure = await failureOf(sessionClient(hub, { auth }).submitContainer(requestFor('app')))
    expect(failure).toMatchObject({ code: 1002, text: 'invalid username or password' })
    expect(String(failure)).not.toContain('wrong')
  })
})

describe('what is not about a build is trouble, which is waited for:', () => {
  test.each<[string, XmlRpcInput | XmlRpcFault]>([
    ['a login that the hub refuses with the fault of things', new XmlRpcFault(1000, 'user already exists')],
    ['a login of an old hub that takes other parameters', new XmlRpcFault(1019, 'unexpected argument')],
    ['a login with an odd answer', null],
  ])('%s', async (_name, answer) => {
    const hub = await startHub()
    hub.methods.login = () => {
      if (answer instanceof XmlRpcFault) throw answer
      return answer
    }
    expect(troubleOf(await failureOf(sessionClient(hub).submitContainer(requestFor('app'))))).toEqual({
      service: 'koji',
      blame: 'account',
      detail: expect.stringContaining(answer instanceof XmlRpcFault ? answer.text : 'login'),
    })
  })

  test.each([
    'Channel container-binary is disabled.',
    'No such channel: container-binary',
    'invalid channel policy',
    'Invalid method: buildContainer',
  ])('a hub that takes no container builds: %s', async (text) => {
    const hub = await startHub()
    hub.methods.buildContainer = () => {
      throw new XmlRpcFault(1000, text)
    }
    expect(troubleOf(await failureOf(sessionClient(hub).submitContainer(requestFor('app'))))).toEqual({
      service: 'koji',
      blame: 'service',
      detail: `fault 1000: ${text}`,
    })
  })

  test('a ticket that cannot be obtained', async () => {
    const hub = await startHub()
    const negotiate = () => Promise.reject(new Error('Credentials cache file not found'))
    const koji = sessionClient(hub, { auth: { kind: 'gssapi', negotiate } })
    expect(troubleOf(await failureOf(koji.submitContainer(requestFor('app'))))).toEqual({
      service: 'koji',
      blame: 'account',
      detail: 'koji: no Kerberos ticket: Credentials cache file not found',
    })
    expect(hub.received).toEqual([])
  })

  test('a fault of a multicall as a whole', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    hub.methods.multiCall = () => {
      throw new XmlRpcFault(1000, 'Request too long')
    }
    const submitted = await failureOf(koji.submitContainer(requestFor('app')))
    const read = await Promise.all([1, 2].map((id) => failureOf(koji.getBuild(id))))
    for (const failure of [submitted, ...read])
      expect(troubleOf(failure)).toMatchObject({
        blame: 'service',
        detail: expect.stringContaining('fault 1000: Request too long'),
      })
    expect(submitted).not.toBeInstanceOf(OutcomeUnknown)
  })
})
