/** Groups from a real directory (behaviour/freshmaker 4). */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLdapClient, type LdapOptions } from '../../../../src/clients/ldap/client.ts'
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts'
import {
  groupDn,
  hasSlapd,
  READER,
  type Slapd,
  startSlapd,
  USER_BASE,
} from '../../../support/servers/slapd.ts'

const clientFor = (url: string, options: Partial<LdapOptions> = {}) =>
  createLdapClient({ url, userBase: USER_BASE, ...options })

describe.skipIf(!hasSlapd)('the groups of a user', () => {
  let slapd: Slapd
  let certificates: Certificates
  beforeAll(async () => {
    certificates = makeCertificates()
    slapd = await startSlapd({
      groups: { admins: ['root', 'han'], rebuilders: ['han', 'josé'], lonely: ['someone'] },
      certificates,
    })
  })
  afterAll(async () => {
    await slapd?.stop()
    certificates.remove()
  })

  it('are the DNs of every group it is a member of', async () => {
    const ldap = clientFor(slapd.url)
    expect((await ldap.groupsOf('han')).toSorted()).toEqual([groupDn('admins'), groupDn('rebuilders')])
    expect(await ldap.groupsOf('root')).toEqual([groupDn('admins')])
    expect(await ldap.groupsOf('josé')).toEqual([groupDn('rebuilders')])
  })

  it('are empty for a user that the directory does not know', async () => {
    expect(await clientFor(slapd.url).groupsOf('leia')).toEqual([])
  })

  it('are empty one level further up', async () => {
    expect(await clientFor(slapd.url, { userBase: 'dc=example,dc=com' }).groupsOf('root')).toEqual([])
  })

  it.each([
    '*',
    'ro*',
    'root)(uid=*',
    'root)(|(uid=*',
    '*)(objectClass=*',
    'root\\2a',
    'ro\\6ft',
    '\\72oot',
    'root\0',
    ')',
    '(',
    'root,ou=users',
    '',
  ])('are empty for the name %j, which is a value and never a part of the filter', async (name) => {
    expect(await clientFor(slapd.url).groupsOf(name)).toEqual([])
  })

  it.each(['Root', 'ROOT', ' root', 'root '])(
    'are empty for %j, which the directory takes for root',
    async (name) => {
      expect(await clientFor(slapd.url).groupsOf(name)).toEqual([])
    },
  )

  it('are read over TLS from a server that a trusted authority vouches for', async () => {
    const trusting = clientFor(slapd.secureUrl, { tlsFiles: () => ({ ca: certificates.pem('ca.crt') }) })
    expect(await trusting.groupsOf('root')).toEqual([groupDn('admins')])
    const doubting = clientFor(slapd.secureUrl, { tlsSettings: { authorities: 'requests_verify' } })
    await expect(doubting.groupsOf('root')).rejects.toThrow(
      /^ldap: TLS connection not trusted .*certificate.*; see the setting requests_verify$/,
    )
  })

  it('are remembered for a minute', async () => {
    let now = 0
    const ldap = clientFor(slapd.url, { now: () => now })
    expect(await ldap.groupsOf('someone')).toEqual([groupDn('lonely')])
    await slapd.change('admins', 'add', 'someone')
    now += 59_999
    expect(await ldap.groupsOf('someone')).toEqual([groupDn('lonely')])
    now += 2
    expect((await ldap.groupsOf('someone')).toSorted()).toEqual([groupDn('admins'), groupDn('lonely')])
  })
})

describe.skipIf(!hasSlapd)('a directory that only accounts may read', () => {
  it('is read with an account', async () => {
    const slapd = await startSlapd({ groups: { admins: ['root'] }, anonymous: false })
    onTestFinished(slapd.stop)
    expect(await clientFor(slapd.url, { bind: READER }).groupsOf('root')).toEqual([groupDn('admins')])
    await expect(clientFor(slapd.url).groupsOf('root')).rejects.toThrow('ldap: ')
    const wrong = { ...READER, password: 'wrong-password' }
    const refused = await clientFor(slapd.url, { bind: wrong }).groupsOf('root').catch(String)
    expect(refused).toMatch(/^UpstreamError: ldap: /)
    expect(refused).not.toContain('wrong-password')
  })
})

describe.skipIf(!hasSlapd)('a directory that was down', () => {
  it('is queried again half a minute after the failure', async () => {
    const slapd = await startSlapd({ groups: { admins: ['root'] } })
    onTestFinished(slapd.stop)
    let now = 0
    const ldap = clientFor(slapd.url, { now: () => now })
    await slapd.kill()
    await expect(ldap.groupsOf('root')).rejects.toThrow('ECONNREFUSED')
    await slapd.start()
    now += 29_999
    await expect(ldap.groupsOf('root')).rejects.toThrow('ECONNREFUSED')
    now += 2
    expect(await ldap.groupsOf('root')).toEqual([groupDn('admins')])
  })
})

describe('a directory that does not answer', () => {
  it('costs two seconds once, and is then left alone', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
    await new Promise((listening) => server.once('listening', listening))
    onTestFinished(() => void server.close())
    const calls: string[] = []
    const ldap = clientFor(`ldap://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      onCall: ({ service, outcome }) => calls.push(`${service} ${outcome}`),
    })
    await expect(ldap.groupsOf('root')).rejects.toThrow('ldap: no answer within 2000 ms')
    for (const user of ['root', 'han', 'leia'])
      await expect(ldap.groupsOf(user)).rejects.toThrow('ldap: no answer within 2000 ms')
    expect(sockets).toHaveLength(1)
    expect(calls).toEqual(['ldap unreachable'])
    if (!sockets[0]?.closed) await new Promise((closed) => sockets[0]?.once('close', closed).resume())
  })
})
