/** Programs refuse unknown arguments before they do anything. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBus } from '../../lab/bus/start.ts'
import { labPorts } from '../../lab/ports.ts'
import { startLab } from '../../lab/start.ts'
import { runCommand } from '../support/programs/command-line.ts'
import { startProgram } from '../support/programs/service-process.ts'
import { closeServer, freeRange, listenOn } from '../support/servers/free-range.ts'

/** A program that went on would report this instead. */
const env = { DATABASE_URL: 'not an address' }

it.each([
  ['all', '--only', /^npm start takes no arguments, but got '--only'/],
  ['ingest', '-x', /^npm run ingest takes no arguments/],
  ['worker', '--dry-run', /^npm run worker takes no arguments, but got '--dry-run'/],
  ['migrate', '--dry-run', /^npm run migrate takes no arguments/],
  ['web', '--only', /^Unknown arguments '--only'\. Usage: npm run web \[-- --only gate\]$/m],
  ['web', '', /^Unknown arguments ''''\. Usage: npm run web/],
  ['replay', '--all', /^'--all' is not the id of a message\. Usage: npm run replay \[-- ID \.\.\.\]$/m],
  ['replay', '', /^'' is not the id of a message\./],
  ['replay', '1e3', /^'1e3' is not the id of a message\./],
  ['replay', '0', /^'0' is not the id of a message\./],
] as const)('%s %s', async (program, argument, says) => {
  const { code, output } = await startProgram(program, env, [argument]).ended()
  expect(output).toMatch(says)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})

/** Runs a program that is not of the service. */
const run = (file: string, args: readonly string[], variables: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', file, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env, ...variables },
    timeout: 220_000,
  })
  return { code: status, out: stdout, err: stderr }
}

it.each([
  ['lab/main.ts', ['--stay'], /^npm run lab takes no arguments, but got '--stay'/],
  ['lab/demo/main.ts', ['--sty'], /^Unknown arguments '--sty'\. Usage: npm run demo \[-- --stay\]$/m],
  ['lab/demo/main.ts', ['--stay', 'x'], /^Unknown arguments '--stay x'\./],
  ['scripts/dev.ts', ['--port=1'], /^npm run dev takes no arguments, but got '--port=1'/],
  ['scripts/screenshots.ts', ['event'], /^npm run screenshots takes no arguments, but got 'event'/],
  ['scripts/sbom.mjs', ['--omit=dev'], /^Unknown arguments '--omit=dev'\. Usage: npm run --silent sbom\n$/],
  ['scripts/audit-packages.mjs', ['--fix'], /^Unknown arguments '--fix'\. Usage: npm run audit:packages\n$/],
  ['scripts/setup.mjs', ['--tests'], /^Unknown arguments '--tests'\. Usage: npm run setup \[-- --test\]\n$/],
  [
    'scripts/write-dashboards.ts',
    ['x'],
    /^Unknown arguments 'x'\. Usage: node scripts\/run\.mjs scripts\/write-/,
  ],
  ['scripts/write-metrics-table.ts', ['x'], /^Unknown arguments 'x'\. Usage: /],
  ['scripts/write-settings-schema.ts', ['x'], /^Unknown arguments 'x'\. Usage: /],
  ['scripts/create-migration.ts', ['name'], /^Unknown arguments 'name'\. Usage: /],
  ['scripts/book.ts', ['--out'], /^Usage: npm run book \[-- FOLDER\]$/m],
  ['scripts/book.ts', ['a', 'b'], /^Usage: npm run book \[-- FOLDER\]$/m],
  ['test/bench/main.ts', ['--only', 'x'], /^Unknown bench 'x'\.\nUsage: npm run bench/],
  ['test/chaos/main.ts', ['--rate', '0'], /^Not a number above 0: '0'\.\nUsage: npm run chaos/],
  ['test/soak/main.ts', ['--x'], /^Unknown option '--x'\nUsage: npm run soak/],
  ['test/soak/main.ts', ['--minutes', 'Infinity'], /^Not a number above 0: 'Infinity'\.\n/],
  ['test/soak/main.ts', ['--svg', '/no/such/x.svg'], /^--svg: \/no\/such\/x\.svg cannot be written: ENOENT/],
  ['test/bench/main.ts', ['--json', '/tmp'], /^--json: \/tmp is a folder\.\n/],
] as const)('%s %j', (file, args, says) => {
  const { code, out, err } = run(file, args)
  expect([code, out, err]).toEqual([2, '', expect.stringMatching(says)])
})

it.each([
  ['src/main.ts', 'npm start'],
  ['src/api/main.ts', 'npm run web [-- --only gate]'],
  ['src/ingest/main.ts', 'npm run ingest'],
  ['src/ingest/replay.ts', 'npm run replay [-- ID ...]'],
  ['workers/main.ts', 'npm run worker'],
  ['src/db/migrate.ts', 'npm run migrate'],
  ['lab/main.ts', 'npm run lab'],
  ['lab/demo/main.ts', 'npm run demo [-- --stay]'],
  ['scripts/dev.ts', 'npm run dev'],
  ['scripts/screenshots.ts', 'npm run screenshots'],
  ['scripts/book.ts', 'npm run book [-- FOLDER]'],
  ['scripts/sbom.mjs', 'npm run --silent sbom'],
  ['scripts/audit-packages.mjs', 'npm run audit:packages'],
  ['scripts/setup.mjs', 'npm run setup [-- --test]'],
  ['test/bench/main.ts', 'npm run bench'],
  ['test/chaos/main.ts', 'npm run chaos'],
  ['test/soak/main.ts', 'npm run soak'],
])('%s --help shows how it is called, and does nothing else', (file, usage) => {
  const { code, out, err } = run(file, ['--help'])
  expect([code, err, out.startsWith(`Usage: ${usage}`)], out).toEqual([0, '', true])
  expect(existsSync('--help')).toBe(false)
})

describe('the port of the lab', () => {
  it.each(['lab/main.ts', 'scripts/dev.ts'])('that is not one ends %s with one line', (file) => {
    const { code, err } = run(file, [], { LAB_PORT: '99999' })
    expect([code, err]).toEqual([2, "LAB_PORT must be a port number below 65000, not '99999'\n"])
  })

  it.each(['lab/main.ts', 'scripts/dev.ts'])('that is in use ends %s with one line', async (file) => {
    const port = await freeRange() // so that the next ports, which are tried first, are free
    const other = await listenOn(port)
    onTestFinished(async () => void (await closeServer(other)))
    const { code, err } = await runCommand([file], {
      env: { LAB_PORT: String(port) },
      program: [process.execPath, 'scripts/run.mjs'],
    })
    expect([code, err]).toEqual([
      1,
      `LAB_PORT: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    ])
  })

  it('leaves the bus a port of its own', async () => {
    const ports = labPorts(String(await freeRange()))
    const lab = await startLab({ ports: ports.first })
    const bus = await startBus({ port: ports.bus })
    await bus.stop()
    await lab.stop()
  })
})
