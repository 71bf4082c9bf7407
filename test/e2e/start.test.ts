/** Checks how the service starts: it waits for what is still coming up, and each failure is a sentence that names the setting. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startTcpProxy } from '../support/bus/tcp-proxy.ts'
import { createDatabase, createEmptyDatabase, dropDatabase } from '../support/database/database.ts'
import { eventually } from '../support/eventually.ts'
import { PROGRAMS, type Program, startProgram } from '../support/programs/service-process.ts'
import { hasRedis, startRedis } from '../support/servers/redis.ts'

const SECRET = 'hunter2'
const STACK = /\n\s+at /

let folder: string
let database: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-start-'))
  database = await createDatabase()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await dropDatabase(database)
})

/** A settings file with this text. */
function settingsFile(text: string): string {
  const path = join(folder, 'settings.yaml')
  writeFileSync(path, text)
  return path
}

type Start = { env: Record<string, string>; file?: string; program?: Program }
type Failure = Start & { code: 1 | 2; says: RegExp }

/** Functions, because the database exists only when tests run. */
const FAILURES: Record<string, () => Failure> = {
  'PostgreSQL does not listen': () => ({
    env: { DATABASE_URL: `postgres://me:${SECRET}@127.0.0.1:1/db` },
    code: 1,
    says: /^DATABASE_URL: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/db was not reachable within 0 s: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  }),
  'PostgreSQL does not listen when tables are migrated': () => ({
    program: 'migrate',
    env: { DATABASE_URL: `postgres://me:${SECRET}@127.0.0.1:1/db` },
    code: 1,
    says: /^DATABASE_URL: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/db was not reachable/,
  }),
  'the name of PostgreSQL is unknown': () => ({
    env: { DATABASE_URL: `postgres://me:${SECRET}@no-such-host.invalid/db` },
    code: 1,
    says: /^DATABASE_URL: PostgreSQL at postgres:\/\/no-such-host\.invalid\/db was not reachable within 0 s: getaddrinfo /,
  }),
  'PostgreSQL refuses the password': () => ({
    env: { DATABASE_URL: database.replace(/:[^:@/]+@/, `:${SECRET}@`) },
    code: 1,
    says: /^DATABASE_URL: PostgreSQL at postgres:\S+ cannot be used: password authentication failed for user "freshwave"$/,
  }),
  'PostgreSQL has no such database': () => ({
    env: { DATABASE_URL: `${database}_missing` },
    code: 1,
    says: /^DATABASE_URL: PostgreSQL at postgres:\S+_missing cannot be used: database "\w+" does not exist$/,
  }),
  'Redis does not listen': () => ({
    env: { DATABASE_URL: database, REDIS_URL: `redis://:${SECRET}@127.0.0.1:1` },
    code: 1,
    says: /^REDIS_URL: Redis at redis:\/\/127\.0\.0\.1:1 was not reachable within 0 s: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  }),
  'DATA_DIR is below a file': () => ({
    env: { DATA_DIR: '/etc/passwd/data' },
    code: 1,
    says: /^DATA_DIR: the embedded PostgreSQL in \/etc\/passwd\/data cannot be started: ENOTDIR: /,
  }),
  'DATA_DIR cannot be written to': () => ({
    env: { DATA_DIR: '/proc' },
    code: 1,
    says: /^DATA_DIR: the embedded PostgreSQL in \/proc cannot be started: E\w+: /,
  }),
  'DATA_DIR is where no folder can be made': () => ({
    env: { DATA_DIR: '/proc/nope' },
    code: 1,
    says: /^DATA_DIR: the embedded PostgreSQL in \/proc\/nope cannot be started: no folders can be created in the file system of \/proc \(ENOENT\)$/,
  }),
  'policies are not there': () => ({
    env: { DATABASE_URL: database, POLICIES_DIR: 'no/such/folder' },
    code: 2,
    says: /^ {2}- POLICIES_DIR: ENOENT: no such file or directory, scandir 'no\/such\/folder'$/,
  }),
}

async function failToStart({ program = 'web', env, file = '' }: Start) {
  const settings = {
    PORT: '0',
    LOG_LEVEL: 'silent',
    FRESHWAVE_CONFIG: settingsFile(`start_patience_s: 0\n${file}`),
    ...env,
  }
  return startProgram(program, settings).ended()
}

describe('a start fails with a sentence that names the setting', () => {
  it.each(Object.keys(FAILURES))('when %s', async (name) => {
    const failure = FAILURES[name]?.()
    if (!failure) throw new Error('not in the table')
    const { code, output } = await failToStart(failure)
    const lines = output.trimEnd().split('\n')
    expect(lines.at(-1)).toMatch(failure.says)
    expect(lines).toHaveLength(failure.code) // the list of bad settings has a headline
    expect(output).not.toMatch(STACK)
    expect(output).not.toContain(SECRET)
    expect(code).toBe(failure.code)
  })

  it.each(Object.keys(PROGRAMS) as Program[])(
    // its keys are the programs
    'and so does every program, with all of them in one list: %s',
    async (program) => {
      const env = { AMQP_CA: '/etc/passwd', DATABASE_URL: 'postgres://127.0.0.1:1/db' }
      const file = 'pyxis_certificate: /no/such.crt\npyxis_private_key: /no/such.key\n'
      const { code, output } = await failToStart({ program, env, file })
      expect(output.split('\n').slice(1)).toEqual([
        '  - AMQP_CA: /etc/passwd is not a certificate in PEM format',
        expect.stringMatching(/^ {2}- \S+: pyxis_certificate: ENOENT: .* open '\/no\/such\.crt'$/),
        expect.stringMatching(/^ {2}- \S+: pyxis_private_key: ENOENT: .* open '\/no\/such\.key'$/),
        '',
      ])
      expect(code).toBe(2)
    },
  )

  it('when its port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await eventually(() => server.address(), Boolean)
    const { port } = server.address() as { port: number } // a TCP server
    const { code, output } = await failToStart({ env: { DATABASE_URL: database, PORT: String(port) } })
    expect([code, output]).toEqual([
      1,
      `PORT: ${port} on 127.0.0.1 is already in use; stop the program that uses it or choose another PORT.\n`,
    ])
  })

  it('when its role may not create tables', async () => {
    const url = await createEmptyDatabase()
    onTestFinished(() => dropDatabase(url))
    const role = `reader_${new URL(url).pathname.slice(1)}`
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query(`create role ${role} login password '${SECRET}'`)
    const limited = url.replace(/\/\/[^@]+@/, `//${role}:${SECRET}@`)
    const { code, output } = await failToStart({ env: { DATABASE_URL: limited } })
    await admin.query(`drop role ${role}`)
    await admin.end()
    expect(output).toMatch(
      /^DATABASE_URL: the tables in postgres:\S+ cannot be brought up to date: permission denied for schema public\n$/,
    )
    expect(code).toBe(1)
  })
})

describe('a service that is still coming up is waited for', () => {
  const linesWith = (output: string, text: string) => output.split('\n').filter((line) => line.includes(text))

  it('PostgreSQL', async () => {
    const { host, hostname, port } = new URL(database)
    const proxy = await startTcpProxy({ hostname, port })
    onTestFinished(proxy.stop)
    proxy.cut()
    const url = database.replace(host, `127.0.0.1:${proxy.port}`)
    const web = startProgram('web', { DATABASE_URL: url, PORT: '0' })
    await eventually(web.output, (output) => output.includes('PostgreSQL is not reachable yet'))
    proxy.restore()
    await web.ready()
    expect((await web.stop()).code).toBe(0)
    expect(linesWith(web.output(), 'PostgreSQL is not reachable yet, waiting for it')).toHaveLength(1)
    expect(linesWith(web.output(), 'PostgreSQL is reachable')).toHaveLength(1)
  })

  it.runIf(hasRedis)('Redis', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    await redis.kill()
    const web = startProgram('web', { DATABASE_URL: database, REDIS_URL: redis.url, PORT: '0' })
    await eventually(web.output, (output) => output.includes('Redis is not reachable yet'))
    await redis.start()
    await web.ready()
    expect((await web.stop()).code).toBe(0)
    expect(linesWith(web.output(), 'Redis is not reachable yet, waiting for it')).toHaveLength(1)
    expect(linesWith(web.output(), 'Redis is reachable')).toHaveLength(1)
  })

  it('until a signal ends it', async () => {
    const web = startProgram('web', { DATABASE_URL: 'postgres://127.0.0.1:1/db', PORT: '0' })
    await eventually(web.output, (output) => output.includes('PostgreSQL is not reachable yet'))
    expect((await web.stop()).code).toBe(0) // a start that ran out of patience ends with 1
  })

  it('for start_patience_s at most', async () => {
    const FRESHWAVE_CONFIG = settingsFile('start_patience_s: 1\n')
    const web = startProgram('web', {
      DATABASE_URL: 'postgres://127.0.0.1:1/db',
      PORT: '0',
      FRESHWAVE_CONFIG,
    })
    const { code, output } = await web.ended()
    expect(code).toBe(1)
    expect(output).toContain('PostgreSQL is not reachable yet, waiting for it')
    expect(output).toMatch(/was not reachable within 1 s: connect ECONNREFUSED/)
  })
})

describe('what the settings have that means nothing here', () => {
  let output: string
  beforeAll(async () => {
    const policies = join(folder, 'policies')
    mkdirSync(policies)
    const gate = startProgram('gate', {
      FRESHWAVE_CONFIG: settingsFile(`policies_dir: ${policies}\nport: 0\nnet_timeout: 120\n`),
      FRESHMAKER_CONFIG_FILE: `/etc/${SECRET}.py`,
      KOJI_PASWORD: SECRET,
    })
    await gate.ready() // the port and the folder of policies are in force
    expect((await gate.stop()).code).toBe(0)
    output = gate.output()
  })

  const loggedAs = (message: string) =>
    output
      .split('\n')
      .filter((line) => line.includes(message))
      .map((line) => JSON.parse(line))

  it('an old option is named once in the log, with its line and what replaces it', () => {
    expect(loggedAs('option ignored')).toEqual([
      expect.objectContaining({
        file: join(folder, 'settings.yaml'),
        line: 3,
        option: 'net_timeout',
        because: 'replaced by requests_timeout and request_attempts',
      }),
    ])
  })

  it('a variable of Freshmaker is named once in the log, with what replaces it and without its value', () => {
    expect(loggedAs('environment variable ignored')).toEqual([
      expect.objectContaining({
        variable: 'FRESHMAKER_CONFIG_FILE',
        because: 'replaced by FRESHWAVE_CONFIG',
      }),
    ])
    expect(output).not.toContain(SECRET)
  })

  it('a misspelled variable is named once in the log, with the likely one and without its value', () => {
    expect(loggedAs('unknown environment variable')).toEqual([
      expect.objectContaining({ variable: 'KOJI_PASWORD', nearest: 'KOJI_PASSWORD' }),
    ])
    expect(output).not.toContain(SECRET)
  })
})
