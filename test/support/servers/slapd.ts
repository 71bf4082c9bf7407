/** Starts a private OpenLDAP server from the system's packages: its own folder, configuration and free loopback port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Attribute, Change, Client } from 'ldapts'
import { freePort } from '../../../src/lib/loopback.ts'
import type { Certificates } from './certificates.ts'
import { removeFolder } from './remove-folder.ts'

const SERVER = '/usr/sbin/slapd'
const SUFFIX = 'dc=example,dc=com'
const ADMIN = { dn: `cn=admin,${SUFFIX}`, password: 'directory-admin' }

/** Whether the server is installed. */
export const hasSlapd = existsSync(SERVER)

/** The DN below which all users are. */
export const USER_BASE = `ou=users,${SUFFIX}`
/** The DN of a group. */
export const groupDn = (name: string) => `cn=${name},ou=groups,${SUFFIX}`
/** An account that may read; with `anonymous: false`, only accounts may. */
export const READER = { dn: `cn=reader,${SUFFIX}`, password: 'directory-reader' }

export type Slapd = {
  url: string
  /** The same server over TLS; needs `certificates`. */
  secureUrl: string
  /** Kills it; `start` restores its entries. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Adds a user to a group, or removes it. */
  change(group: string, operation: 'add' | 'delete', user: string): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** `groups`: name -> its users, at least one. `anonymous: false` lets only accounts read. */
export type SlapdOptions = {
  groups: Record<string, string[]>
  anonymous?: boolean
  certificates?: Certificates
}

/** Starts a server with these users and groups. */
export async function startSlapd({ groups, anonymous = true, certificates }: SlapdOptions): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-slapd-'))
  const url = `ldap://127.0.0.1:${await freePort()}`
  const secureUrl = `ldaps://localhost:${await freePort()}`
  const configuration = join(folder, 'slapd.conf')
  await mkdir(join(folder, 'data'))
  await writeFile(configuration, configurationOf(folder, anonymous, certificates))
  const listeners = certificates ? `${url} ${secureUrl}` : url
  let server: ChildProcess | undefined

  const start = async () => {
    server = spawn(SERVER, ['-f', configuration, '-h', listeners, '-d', '0'], { stdio: 'ignore' })
    await untilItAnswers(url, server)
  }
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
  await start()
  await asAdmin(url, (client) => addEntries(client, groups))
  return {
    url,
    secureUrl,
    kill,
    start,
    change: (group, operation, user) =>
      asAdmin(url, async (client) => {
        const modification = new Attribute({ type: 'member', values: [userDn(user)] })
        await client.modify(groupDn(group), new Change({ operation, modification }))
      }),
    async stop() {
      await kill()
      await removeFolder(folder)
    },
  }
}

const userDn = (name: string) => `uid=${name},${USER_BASE}`

function configurationOf(folder: string, anonymous: boolean, certificates: Certificates | undefined): string {
  const schemas = ['core', 'cosine', 'nis', 'inetorgperson']
  return [
    ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    ...(certificates
      ? [
          `TLSCertificateFile ${certificates.path('server.crt')}`,
          `TLSCertificateKeyFile ${certificates.path('server.key')}`,
        ]
      : []),
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "${ADMIN.dn}"`,
    `rootpw ${ADMIN.password}`,
    `directory ${join(folder, 'data')}`,
    'overlay memberof',
    'access to attrs=userPassword by anonymous auth by * none',
    `access to * by ${anonymous ? '*' : 'users'} read by anonymous auth`,
    '',
  ].join('\n')
}

async function addEntries(client: Client, groups: Record<string, string[]>): Promise<void> {
  await client.add(SUFFIX, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' })
  const account = ['simpleSecurityObject', 'organizationalRole']
  await client.add(READER.dn, { objectClass: account, cn: 'reader', userPassword: READER.password })
  for (const ou of ['users', 'groups'])
    await client.add(`ou=${ou},${SUFFIX}`, { objectClass: ['organizationalUnit'], ou })
  const users = [...new Set(Object.values(groups).flat())]
  for (const [index, uid] of users.entries()) {
    await client.add(userDn(uid), {
      objectClass: ['inetOrgPerson', 'posixAccount'],
      uid,
      cn: uid,
      sn: uid,
      uidNumber: String(1000 + index),
      gidNumber: '1000',
      homeDirectory: `/home/${index}`,
    })
  }
  for (const [cn, members] of Object.entries(groups))
    await client.add(groupDn(cn), { objectClass: ['groupOfNames'], cn, member: members.map(userDn) })
}

async function asAdmin(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ url, connectTimeout: 2000 })
  try {
    await client.bind(ADMIN.dn, ADMIN.password)
    await work(client)
  } finally {
    await client.unbind()
  }
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 220_000
  for (;;) {
    try {
      return await asAdmin(url, async () => undefined)
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`slapd ended with code ${server.exitCode}`)
      if (Date.now() > deadline) throw error
    }
    await sleep(50)
  }
}
