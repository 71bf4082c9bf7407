/** The container image: its root holds what it needs and no more, and the main job completes in it with one process for each program. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest'
import { freePort } from '../../src/lib/loopback.ts'
import { createEmptyDatabase, dropDatabase } from '../support/database/database.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld } from '../support/lab/world.ts'
import { buildImage, IMAGE_USER, type Image } from '../support/programs/image.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

const MEGABYTE = 2 ** 20
const MAX_IMAGE = 250 * MEGABYTE
/** The base of deploy/Containerfile, unpacked, and some room. */
const BASE = 30 * MEGABYTE
const IMAGES = 6
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

let image: Image
beforeAll(async () => {
  image = await buildImage(COMMIT, { '/etc/freshwave': 'lab' }) // its settings file and policies
})
afterAll(() => image?.remove())

it('needs at most 250 MB with its base', () => {
  const files = globSync('**', { cwd: image.root }).map((path) => statSync(join(image.root, path)))
  const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)
  expect(bytes).toBeGreaterThan(100 * MEGABYTE)
  expect(bytes).toBeLessThan(MAX_IMAGE - BASE)
})

it('holds production packages alone, without tests and the lab, and the licence of Node', () => {
  const paths = new Set(globSync('opt/freshwave/{*,node_modules/*}', { cwd: image.root }))
  expect(paths).toContain('opt/freshwave/node_modules/hono')
  expect(globSync('usr/local/**', { cwd: image.root })).toContain('usr/local/share/doc/node/LICENSE')
  for (const path of [
    'node_modules/vitest',
    'node_modules/typescript',
    'node_modules/@typescript',
    'test',
    'lab',
  ])
    expect(paths).not.toContain(`opt/freshwave/${path}`)
})

const packageFiles = () =>
  globSync('opt/freshwave/**/node_modules/{*,@*/*}/package.json', { cwd: image.root })

it('holds no package that the list of its packages does not name', () => {
  const { stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8' })
  const { components } = JSON.parse(stdout) as { components: { 'bom-ref': string }[] } // npm's format
  const listed = new Set(components.map((component) => component['bom-ref']))
  const held = packageFiles().map((file) => {
    const { name, version } = JSON.parse(readFileSync(join(image.root, file), 'utf8'))
    return `${name}@${version}`
  })
  expect(held.length).toBeGreaterThan(50)
  expect(held.filter((name) => !listed.has(name))).toEqual([])
})

it('holds every package that another one in it needs, also where a package of the development needs it too', () => {
  const files = packageFiles()
  const missing = files.flatMap((file) => {
    const path = join(image.root, file)
    const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as { dependencies?: object }
    const isThere = (name: string) =>
      createRequire(path)
        .resolve.paths(name)
        ?.some((folder) => folder.startsWith(image.root) && existsSync(join(folder, name)))
    return Object.keys(dependencies)
      .filter((name) => !isThere(name))
      .map((name) => `${file} -> ${name}`)
  })
  expect(files.length).toBeGreaterThan(50)
  expect(missing).toEqual([])
})

describe('in the image', () => {
  it('nothing can be written, by a user without privileges', async () => {
    const program = `
      const tries = ['/opt/freshwave/x', '/x', '/usr/local/bin/node'].map((path) => {
        try { require('fs').writeFileSync(path, ''); return 'written' } catch ({ code }) { return code }
      })
      console.log(JSON.stringify({ user: process.getuid(), tries }))`
    const { code, output } = await image.start(['-e', program]).ended()
    expect({ code, ...JSON.parse(output) }).toEqual({
      code: 0,
      user: IMAGE_USER,
      tries: ['EROFS', 'EROFS', 'EROFS'],
    })
  })

  it('a program that does not exist is refused with those that do', async () => {
    const { code, output } = await image.start(['bin/program.mjs', 'wep']).ended()
    expect(code).toBe(2)
    expect(output).toMatch(/Unknown program 'wep'; programs are all, web, ingest, worker, migrate/)
  })

  it.each(['web', 'ingest', 'worker', 'migrate', 'all'])(
    '%s loads all its code compiled',
    async (program) => {
      const env = { FRESHWAVE_CONFIG: '/missing', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } // ends when all is loaded
      const { code, output } = await image.start(['bin/program.mjs', program], env).ended()
      const loaded = output.match(/V8 code cache for .*/g) ?? []
      expect(code).toBe(2)
      expect(loaded.length).toBeGreaterThan(500)
      expect(loaded.filter((line) => !line.includes(' was accepted'))).toEqual([])
    },
  )

  it.each(['queues/postgres.ts', 'queues/redis.ts', 'src/api/board.ts', 'src/clients/openid/verify.ts'])(
    '%s, which is loaded on demand, is compiled too',
    async (file) => {
      const env = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
      const { code, output } = await image.start(['scripts/run.mjs', file], env).ended()
      const loaded = output.match(/V8 code cache for .*/g) ?? []
      expect(code).toBe(0)
      expect(loaded.length).toBeGreaterThan(20)
      expect(loaded.filter((line) => !line.includes(' was accepted'))).toEqual([])
    },
  )

  it('the book can be made', async () => {
    const program = `import('./src/api/book/book.ts')
      .then(({ makeBook }) => makeBook('.'))
      .then((book) => console.log(book.has('index.html')))`
    const { code, output } = await image.start(['-e', program]).ended()
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'true' })
  })

  it('the gate alone needs no database', async () => {
    const PORT = String(await freePort())
    const gate = image.start(['bin/program.mjs', 'gate'], { PORT })
    await gate.ready()
    const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1.0/policies`)
    expect(await answer.json()).toHaveProperty('policies')
    expect(await gate.stop()).toMatchObject({ code: 0 })
  })

  it('the database has to be named', async () => {
    const { code, output } = await image.start(['bin/program.mjs', 'migrate']).ended()
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('DATABASE_URL') })
  })

  it('the main job completes, and every process ends cleanly', async () => {
    const world = await startWorld({ catalogue: affectedImages(IMAGES) })
    onTestFinished(world.stop)
    const url = await createEmptyDatabase()
    onTestFinished(() => dropDatabase(url))
    const PORT = String(await freePort())
    const env = {
      ...world.env,
      PORT,
      DATABASE_URL: url,
      FRESHWAVE_CONFIG: '/etc/freshwave/freshwave.yaml',
      POLICIES_DIR: '/etc/freshwave/policies',
    }
    expect(await image.start(['bin/program.mjs', 'migrate'], env).ended()).toMatchObject({ code: 0 })

    const ports = await Promise.all([freePort(), freePort()])
    const [ingest, worker] = ports.map((port) => ({ METRICS_PORT: String(port) }))
    const parts = [
      image.start(['bin/program.mjs', 'web'], env),
      image.start(['bin/program.mjs', 'ingest'], { ...env, ...ingest }),
      image.start(['bin/program.mjs', 'worker'], { ...env, ...worker }),
    ]
    onTestFailed(() => console.log(parts.map((part) => part.output()).join('\n')))
    onTestFinished(async () => {
      await Promise.all(parts.map((part) => part.kill()))
    })
    await Promise.all(parts.map((part) => part.ready()))
    const get = async (path: string) =>
      (await (await fetch(`http://127.0.0.1:${PORT}${path}`)).json()) as { items: { state_name: string }[] }
    expect(await get('/api/2/about/')).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+\+0123456789ab$/),
    })
    for (const settings of [{ PORT }, { ...ingest, PORT: '1' }, { ...worker, PORT: '1' }])
      expect(await image.start(['bin/health.mjs'], settings).ended()).toMatchObject({ code: 0 })

    world.ship(ADVISORY)
    await eventually(
      () => get('/api/2/events/'),
      ({ items }) => items.some((event) => event.state_name === 'COMPLETE'),
    )
    expect(hubTasks(world.lab)).toHaveLength(IMAGES)
    expect(duplicateKeys(world.lab)).toEqual([])

    for (const { code, output } of await Promise.all(parts.map((part) => part.stop()))) {
      expect(output).toContain('"msg":"stopped"')
      expect(code).toBe(0)
    }
    const { code, output } = await image.start(['bin/health.mjs'], { PORT }).ended()
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('ECONNREFUSED') })
  })
})
