/** PostgreSQL by TLS: the options of DATABASE_URL hold for every connection, those of the pool too. */
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresStore } from '../../../queues/postgres.ts'
import { isAnswering, withClient } from '../../../src/db/client.ts'
import { dataFolder, serverOwner } from '../../../src/db/embedded/binaries.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../src/db/embedded/server.ts'
import { openDatabase } from '../../../src/db/orm.ts'
import { createLog } from '../../../src/lib/log.ts'
import { eventually } from '../../support/eventually.ts'
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts'
import { removeFolder } from '../../support/servers/remove-folder.ts'

let folder: string
let server: EmbeddedPostgres
let certificates: Certificates

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-tls-'))
  server = await openEmbeddedPostgres(folder, createLog('silent'))
  certificates = makeCertificates()
  await useCertificate()
  await eventually(() => isAnswering(address('ca.crt')), Boolean)
})
afterAll(async () => {
  const data = dataFolder(folder, serverOwner())
  certificates.remove()
  await server.close()
  for (const path of [data, folder]) await removeFolder(path)
})

/** Gives the server its certificate as it is now. */
async function useCertificate(): Promise<void> {
  const owner = serverOwner()
  const data = dataFolder(folder, owner)
  for (const name of ['server.crt', 'server.key']) {
    const path = join(data, name)
    writeFileSync(path, certificates.pem(name))
    chmodSync(path, 0o600)
    if (owner.uid) chownSync(path, owner.uid, owner.gid)
  }
  await withClient(server.url, async (client) => {
    await client.query('alter system set ssl = on')
    await client.query('select pg_reload_conf()')
  })
}

/** An address with TLS, by a name that the certificate has unless another one is given. */
function address(authority: string, hostname = 'localhost'): string {
  const url = new URL(server.url)
  url.hostname = hostname
  url.searchParams.set('sslmode', 'verify-full')
  url.searchParams.set('sslrootcert', certificates.path(authority))
  return url.href
}

const OURS = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'

it('the pool of the service speaks TLS where the address requires it', async () => {
  const db = openDatabase(address('ca.crt'), 2)
  try {
    expect(await db.fork().execute(OURS)).toEqual([{ ssl: true }])
    expect(await db.transaction((em) => em.execute(OURS))).toEqual([{ ssl: true }])
  } finally {
    await db.close()
  }
})

it('the pool of the service refuses a server that the authority does not know', async () => {
  const db = openDatabase(address('client.crt'), 2)
  try {
    await expect(db.fork().execute(OURS)).rejects.toThrow(/certificate/)
  } finally {
    await db.close()
  }
})

it('the queues speak TLS', async () => {
  const queues = postgresStore(address('ca.crt'))
  try {
    await queues.prepare()
    const used = 'select count(*)::int as count from pg_stat_ssl where ssl and pid <> pg_backend_pid()'
    const [row] = await withClient(server.url, async (client) => (await client.query(used)).rows)
    expect(row.count).toBeGreaterThan(0)
  } finally {
    await queues.close()
  }
})

it('a server that is named by its IP needs a certificate for that', async () => {
  const byIp = address('ca.crt', '127.0.0.1')
  await expect(withClient(byIp, (client) => client.query(OURS))).rejects.toThrow(/IP: 127\.0\.0\.1 is not in/)
  certificates.issue('server', '/CN=localhost', { address: '127.0.0.1' })
  await useCertificate()
  await eventually(() => isAnswering(byIp), Boolean)
  const db = openDatabase(byIp, 2)
  try {
    expect(await db.fork().execute(OURS)).toEqual([{ ssl: true }])
  } finally {
    await db.close()
  }
})
