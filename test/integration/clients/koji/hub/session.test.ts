/** Writes to the build system: sessions, call numbers, and builds that are submitted at most once. */
import { describe, expect, test } from 'vitest'
import { createKojiClient, type KojiOptions } from '../../../../../src/clients/koji/client.ts'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'
import { OutcomeUnknown, troubleOf, UpstreamError } from '../../../../../src/lib/errors.ts'
import { encodeCall, XmlRpcFault, type XmlRpcInput } from '../../../../../src/lib/xmlrpc/index.ts'
import { clientOptions } from '../../../../support/lab/client-options.ts'
import { type FakeHub, startHub, type Trouble } from '../../../../support/lab/fake-hub.ts'
import { DEAD_URL } from '../../../../support/servers/http-server.ts'

const PASSWORD = { kind: 'password', user: 'freshwave', password: 'secret' } as const

function client(hub: FakeHub, changes: Partial<KojiOptions> = {}) {
  return createKojiClient({ ...clientOptions(hub.url), auth: PASSWORD, requestsPerSecond: 1000, ...changes })
}

function request(name: string, target = 'rhel-8-containers-candidate') {
  const opts = { scratch: false, git_branch: 'rhel-8', release: '3.1795278293', isolated: true as const }
  return { source: `git://pkgs.example.com/containers/${name}#89abcdef`, target, opts }
}

/** The session headers of the requests that call `method`. */
function headersOf(hub: FakeHub, method: string) {
  return hub.received
    .filter(({ body }) => body.includes(`>${method}<`))
    .map(({ headers }) => ({
      id: headers['koji-session-id'],
      key: headers['koji-session-key'],
      callnum: headers['koji-session-callnum'],
    }))
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (error: unknown) => error,
  )
}

describe('submitting', () => {
  test('logs in once and numbers its calls from 0', async () => {
    const hub = await startHub()
    const koji = client(hub)
    expect(await koji.submitContainer(request('app'))).toBe(101)
    expect(await koji.submitContainer(request('web'))).toBe(102)
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
    const koji = client(hub)
    const names = Array.from({ length: 30 }, (_, index) => `app-${index}`)
    const ids = await Promise.all(names.map((name) => koji.submitContainer(request(name))))
    expect(headersOf(hub, 'buildContainer')).toHaveLength(1)
    names.forEach((name, index) => {
      const task = hub.tasks.find(({ id }) => id === ids[index])
      expect(task?.request[0]).toContain(`/${name}#`)
    })
  })

  test('omits a build that is no longer wanted when the request is sent', async () => {
    const hub = await startHub()
    const koji = client(hub, { requestsPerSecond: 10 })
    await koji.submitContainer(request('first'))
    let isWanted = true
    const gathered = Promise.allSettled([
      koji.submitContainer(request('app'), () => isWanted),
      koji.submitContainer(request('web')),
    ])
    isWanted = false
    const [app, web] = await gathered
    expect(app).toMatchObject({ status: 'rejected', reason: { name: 'NotReady' } })
    expect(web).toEqual({ status: 'fulfilled', value: 102 })
    expect(hub.tasks).toHaveLength(2)
  })

  test('sends nothing that stopped being wanted during a login or before a repeat', async () => {
    const hub = await startHub()
    const koji = client(hub)
    let isWanted = true
    hub.methods.login = () => {
      isWanted = false
      return { 'session-id': 6, 'session-key': 'key', 'header-auth': true }
    }
    const failure = await failureOf(koji.submitContainer(request('app'), () => isWanted))
    expect(failure).toMatchObject({ name: 'NotReady' })
    expect(hub.ran).toEqual(['login'])
  })

  test('does not repeat what is no longer wanted, and reports that it may have been carried out', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.getLoggedInUser()
    hub.troubles.push({ when: 'before', kind: 'drop' })
    const failure = await failureOf(
      koji.submitContainer(
        request('app'),
        () => !hub.received.some(({ body }) => body.includes('>buildCont')),
      ),
    )
    expect(failure).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toEqual([])
  })

  test('refuses only the build of which XML cannot carry a text', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const [good, bad] = await Promise.allSettled([
      koji.submitContainer(request('app')),
      koji.submitContainer(request('web', 'rhel\u0001')),
    ])
    expect(good).toEqual({ status: 'fulfilled', value: 101 })
    const text = 'buildContainer: params[1]: the character U+0001 cannot be written in XML'
    expect(bad).toMatchObject({ status: 'rejected', reason: { blame: 'thing', text } })
  })

  test('rejects only the refused build of a request', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const [good, bad] = await Promise.allSettled([
      koji.submitContainer(request('app')),
      koji.submitContainer(request('web', 'nope')),
    ])
    expect(good).toEqual({ status: 'fulfilled', value: 101 })
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 1005, text: 'Target `nope` not found' } })
  })

  test('without a login the hub refuses our account, not the build', async () => {
    const hub = await startHub()
    const failure = await failureOf(client(hub, { auth: { kind: 'none' } }).submitContainer(request('app')))
    expect(failure).toBeInstanceOf(KojiFault)
    expect(failure).toMatchObject({ code: 1000, text: 'task must have an owner' })
    expect((failure as KojiFault).blame).toBe('account')
  })

  test('reports a wrong password with the text of the hub', async () => {
    const hub = await startHub()
    const auth = { ...PASSWORD, password: 'wrong' }
    const failure = await failureOf(client(hub, { auth }).submitContainer(request('app')))
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
    expect(troubleOf(await failureOf(client(hub).submitContainer(request('app'))))).toEqual({
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
    expect(troubleOf(await failureOf(client(hub).submitContainer(request('app'))))).toEqual({
      service: 'koji',
      blame: 'service',
      detail: `fault 1000: ${text}`,
    })
  })

  test('a ticket that cannot be obtained', async () => {
    const hub = await startHub()
    const negotiate = () => Promise.reject(new Error('Credentials cache file not found'))
    const koji = client(hub, { auth: { kind: 'gssapi', negotiate } })
    expect(troubleOf(await failureOf(koji.submitContainer(request('app'))))).toEqual({
      service: 'koji',
      blame: 'account',
      detail: 'koji: no Kerberos ticket: Credentials cache file not found',
    })
    expect(hub.received).toEqual([])
  })

  test('a fault of a multicall as a whole', async () => {
    const hub = await startHub()
    const koji = client(hub)
    hub.methods.multiCall = () => {
      throw new XmlRpcFault(1000, 'Request too long')
    }
    const submitted = await failureOf(koji.submitContainer(request('app')))
    const read = await Promise.all([1, 2].map((id) => failureOf(koji.getBuild(id))))
    for (const failure of [submitted, ...read])
      expect(troubleOf(failure)).toMatchObject({
        blame: 'service',
        detail: expect.stringContaining('fault 1000: Request too long'),
      })
    expect(submitted).not.toBeInstanceOf(OutcomeUnknown)
  })
})

describe('when the answer is lost', () => {
  test.each<[string, Trouble['kind']]>([
    ['the connection breaks', 'drop'],
    ['the answer never comes', 'hang'],
    ['a proxy answers 502', 502],
    ['a proxy answers 503', 503],
  ])('and the task was created (%s), it is created once and its outcome is unknown', async (_name, kind) => {
    const hub = await startHub()
    const koji = client(hub, { timeoutMs: kind === 'hang' ? 150 : 10_000 })
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind })
    const since = new Date()
    const failure = await failureOf(koji.submitContainer(request('app')))
    expect(failure).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
    // The repeat carried the same number, so the hub refused it with 1009.
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0'])
    expect(await koji.findTasks({ since })).toMatchObject([
      {
        id: 101,
        source: 'git://pkgs.example.com/containers/app#89abcdef',
        release: '3.1795278293',
      },
    ])
    expect(await koji.submitContainer(request('web'))).toBe(102)
  })

  test.each([500, 503])('as a %i, the outcome is unknown without a login too', async (kind) => {
    const hub = await startHub()
    hub.methods.buildContainer = () => 101
    hub.troubles.push({ when: 'after', kind })
    const koji = client(hub, { auth: { kind: 'none' } })
    expect(await failureOf(koji.submitContainer(request('app')))).toBeInstanceOf(OutcomeUnknown)
    hub.troubles.push({ when: 'before', kind: 429 })
    expect(await failureOf(koji.submitContainer(request('app')))).toBeInstanceOf(UpstreamError)
    expect(hub.ran).toEqual(['multiCall', 'buildContainer'])
  })

  test('by a hub that knows the call number by its other header, the task is created once too', async () => {
    const hub = await startHub({ callnumHeader: 'koji-callnum' })
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await failureOf(client(hub).submitContainer(request('app')))).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
  })

  test('and the task was not created, the repeat creates it', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'before', kind: 'drop' }, { when: 'before', kind: 503 })
    expect(await client(hub).submitContainer(request('app'))).toBe(101)
    expect(hub.tasks).toHaveLength(1)
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0', '0'])
  })

  test('at every attempt, the outcome is unknown after the last one', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push(...Array.from({ length: 3 }, (): Trouble => ({ when: 'before', kind: 'drop' })))
    expect(await failureOf(client(hub).submitContainer(request('app')))).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(0)
  })

  test('with a delay that the hub requests, the repeat waits for it', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'before', kind: 503, retryAfterS: 1 })
    const started = performance.now()
    expect(await client(hub).submitContainer(request('app'))).toBe(101)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  test.each(['buildContainer', 'login'])(
    'with a longer delay, other calls of the session do not wait for it: %s',
    async (method) => {
      const hub = await startHub()
      hub.troubled.add(method)
      hub.troubles.push({ when: 'before', kind: 429, retryAfterS: 45 })
      const koji = client(hub)
      const failure = await failureOf(koji.submitContainer(request('app')))
      expect(troubleOf(failure)).toMatchObject({ service: 'koji', retryAfterMs: 45_000 })
      expect(await koji.submitContainer(request('web'))).toBe(101)
    },
  )

  test('because it is garbage, the outcome is unknown', async () => {
    const hub = await startHub()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'garbage' })
    expect(await failureOf(client(hub).submitContainer(request('app')))).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
  })

  test.each([
    ['has another number of entries', [[1], [2]]],
    ['has no task id in it', [['done']]],
    ['is of another kind', 'done'],
  ])('because it %s, the outcome is unknown', async (_name, answer) => {
    const hub = await startHub()
    hub.methods.multiCall = () => answer
    expect(await failureOf(client(hub).submitContainer(request('app')))).toBeInstanceOf(OutcomeUnknown)
  })

  test('and so is the session, nothing is sent in a new one, which would not know the call number', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.getLoggedInUser()
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    const submitted = failureOf(koji.submitContainer(request('app')))
    hub.methods.buildContainer = ([source = '']) => {
      hub.tasks.push({ id: 500, request: [source], state: 0 })
      hub.sessions.length = 0
      return 500
    }
    expect(await submitted).toBeInstanceOf(OutcomeUnknown)
    expect(hub.tasks).toHaveLength(1)
  })

  test('all builds of that request have an unknown outcome', async () => {
    const hub = await startHub()
    const koji = client(hub)
    hub.troubled.add('buildContainer')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    const failures = await Promise.all(
      ['a', 'b', 'c'].map((name) => failureOf(koji.submitContainer(request(name)))),
    )
    expect(failures.every((failure) => failure instanceof OutcomeUnknown)).toBe(true)
    expect(hub.tasks).toHaveLength(3)
  })

  test('because the connection was refused, the build is certainly not submitted', async () => {
    const hub = await startHub()
    const failure = await failureOf(client({ ...hub, url: DEAD_URL }).submitContainer(request('app')))
    expect(failure).toBeInstanceOf(UpstreamError)
    expect(failure).not.toBeInstanceOf(OutcomeUnknown)
  })
})

describe('sessions', () => {
  test('get a new key when expired, and the call is repeated with its number', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.submitContainer(request('app'))
    const [session] = hub.sessions
    if (session) session.expired = true
    expect(await koji.submitContainer(request('web'))).toBe(102)
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
    const koji = client(hub)
    await koji.submitContainer(request('app'))
    const [session] = hub.sessions
    if (session) session.expired = true
    hub.troubled.add('login')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await koji.submitContainer(request('web'))).toBe(102)
    expect(headersOf(hub, 'buildContainer').at(-1)).toMatchObject({ id: '7', callnum: '0' })
  })

  test('unknown to the hub are replaced by a new one', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.submitContainer(request('app'))
    hub.sessions.splice(0, 1, { id: 90, key: 'other', callnum: null, expired: false })
    expect(await koji.submitContainer(request('web'))).toBe(102)
    expect(headersOf(hub, 'buildContainer').at(-1)).toMatchObject({ id: '7', callnum: '0' })
  })

  test('that the hub keeps refusing are not retried forever', async () => {
    const hub = await startHub()
    hub.methods.buildContainer = () => 1
    hub.methods.multiCall = () => {
      throw new XmlRpcFault(1002, 'Invalid session or bad credentials')
    }
    expect(await failureOf(client(hub).submitContainer(request('app')))).toMatchObject({ code: 1002 })
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
    expect(await client(hub).submitContainer(request('app'))).toBe(77)
    expect(headersOf(hub, 'buildContainer').map(({ callnum }) => callnum)).toEqual(['0', '0', '0'])
  })

  test('are sent in the URL to old hubs', async () => {
    const hub = await startHub({ headerAuth: false })
    const koji = client(hub)
    await koji.submitContainer(request('app'))
    await koji.submitContainer(request('web'))
    const urls = hub.received.filter(({ body }) => body.includes('buildContainer')).map(({ url }) => url)
    expect(urls[0]).toMatch(/^\/kojihub\?session-id=6&session-key=key-[\d.e-]+&callnum=0$/)
    expect(urls[1]).toMatch(/callnum=1$/)
    expect(headersOf(hub, 'buildContainer')[0]?.id).toBeUndefined()
  })

  test('never have overlapping calls', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await Promise.all([
      koji.submitContainer(request('app')),
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
    const koji = client(hub)
    await failureOf(koji.submitContainer(request('app', 'nope')))
    expect(await koji.submitContainer(request('web'))).toBe(101)
  })

  test('with Kerberos log in at a separate path with a fresh ticket', async () => {
    const hub = await startHub()
    let tickets = 0
    const negotiate = async () => ({ authorization: `Negotiate ticket-${++tickets}` })
    const koji = client(hub, { auth: { kind: 'gssapi', negotiate } })
    expect(await koji.getLoggedInUser()).toEqual({ id: 2, name: 'freshwave' })
    const login = hub.received[0]
    expect(login?.url).toBe('/kojihub/ssllogin')
    expect(login?.headers.authorization).toBe('Negotiate ticket-1')
    expect(hub.received[1]?.headers.authorization).toBeUndefined()
  })

  test('with Kerberos fail with the name of the missing package', async () => {
    const hub = await startHub()
    const failure = await failureOf(client(hub, { auth: { kind: 'gssapi' } }).getLoggedInUser())
    expect(String(failure)).toContain('npm install kerberos')
  })

  test('log out when the client is closed', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.getLoggedInUser()
    await koji.close()
    expect(hub.ran.at(-1)).toBe('logout')
  })
})

describe('searching for tasks', () => {
  test('sends one query for simultaneous callers, for our own tasks since the earliest time', async () => {
    const hub = await startHub()
    const koji = client(hub)
    await koji.submitContainer(request('app'))
    const times = ['2026-11-21T12:00:00.900Z', '2026-11-21T11:00:00.500Z', '2026-11-21T13:00:00Z']
    const received: unknown[] = []
    const list = hub.tasks
    hub.methods.listTasks = ([opts = null]) => {
      received.push(opts)
      return list.map((task) => ({ ...task, method: 'buildContainer' }))
    }
    const found = await Promise.all(times.map((time) => koji.findTasks({ since: new Date(time) })))
    expect(received).toEqual([
      {
        method: 'buildContainer',
        owner: 2,
        createdAfter: '2026-11-21T11:00:00.500Z',
      },
    ])
    expect(found.map((tasks) => tasks.map(({ id }) => id))).toEqual([[101], [101], [101]])
  })

  test('reads requests as they are stored, and marks what cannot be read of a task as unknown', async () => {
    const hub = await startHub()
    const params = ['git://x/containers/a#1', 't', { release: '7' }]
    const xml = encodeCall('buildContainer', params)
    hub.methods.listTasks = () => [
      { id: 7, state: 1, request: xml },
      { id: 8, state: 1, request: Buffer.from(xml).toString('base64') },
      { id: 9, state: 1, request: xml.slice(0, -20) },
      { id: 1, state: 1, request: 'Invalid data' },
      { id: 2, state: 3, request: ['git://x/containers/a#1', 't', { release: '5' }] },
      { id: 3, state: 3, request: ['git://x/containers/a#1', 't', { release: 5 }] },
      { id: '4', state: 'odd', request: ['git://x/containers/a#1', 't', {}] },
      null,
    ]
    expect(await client(hub).findTasks({ since: new Date() })).toMatchObject([
      { id: 7, source: 'git://x/containers/a#1', release: '7', target: 't', opts: { release: '7' } },
      { id: 8, source: 'git://x/containers/a#1', release: '7', target: 't', opts: { release: '7' } },
      { id: 9, source: undefined, release: undefined },
      { id: 1, source: undefined, release: undefined },
      { id: 2, source: 'git://x/containers/a#1', release: '5', target: 't', opts: { release: '5' } },
      { id: 3, source: 'git://x/containers/a#1', release: undefined },
      { id: undefined, source: 'git://x/containers/a#1', release: null },
      { id: undefined, source: undefined, release: undefined },
    ])
  })
})

describe('canceling', () => {
  test('returns CANCELED when the task is canceled afterwards, and can be repeated', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const id = await koji.submitContainer(request('app'))
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
  })

  test('returns how a task had ended, and null for an unknown one', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const id = await koji.submitContainer(request('app'))
    const [task] = hub.tasks
    if (task) task.state = 2
    expect(await koji.cancelTask(id)).toEqual({ state: 'CLOSED' })
    expect(await koji.cancelTask(9999)).toEqual({ state: null })
  })

  test('returns the state of a task that the hub refuses to cancel', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const id = await koji.submitContainer(request('app'))
    hub.methods.cancelTask = () => {
      throw new XmlRpcFault(1000, 'not now')
    }
    expect(await koji.cancelTask(id)).toEqual({ state: 'FREE' })
  })

  test('is decided by the state of the task when the answer was lost', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const id = await koji.submitContainer(request('app'))
    hub.troubled.add('cancelTask')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
  })

  test('is trouble of the hub when the answer was lost and the task still runs', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const id = await koji.submitContainer(request('app'))
    hub.methods.cancelTask = () => null
    hub.troubled.add('cancelTask')
    hub.troubles.push({ when: 'after', kind: 'garbage' })
    expect(troubleOf(await failureOf(koji.cancelTask(id)))).toMatchObject({
      service: 'koji',
      blame: 'service',
    })
  })

  test('joins tasks that are canceled at the same time into few requests', async () => {
    const hub = await startHub()
    const koji = client(hub)
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => koji.submitContainer(request(name))))
    const before = hub.received.length
    expect(await Promise.all(ids.map((id) => koji.cancelTask(id)))).toEqual(
      Array(4).fill({ state: 'CANCELED' }),
    )
    expect(hub.received.slice(before).filter(({ body }) => body.includes('cancelTask'))).toHaveLength(1)
  })
})
