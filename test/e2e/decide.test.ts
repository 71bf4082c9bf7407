/** The gate for operators: on the command line, and as a process that reloads its policies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, dropDatabase } from '../support/database/database.ts'
import { NVR, policyYaml, test as rule } from '../support/gate/builders.ts'
import { startGate, type TestGate } from '../support/gate/gate.ts'
import { runCommand } from '../support/programs/command-line.ts'

let gate: TestGate
let folder: string
beforeAll(async () => {
  gate = await startGate()
})
afterAll(() => gate.stop())
beforeEach(async () => {
  await gate.reset()
  folder = mkdtempSync(join(tmpdir(), 'freshwave-decide-'))
  return () => rmSync(folder, { recursive: true })
})

const freshwave = (args: string[], env: Record<string, string> = {}) =>
  runCommand(args, { env: { ...gate.lab.urls, ...env } })
const decide = (...more: string[]) =>
  freshwave(['decide', NVR, '-c', 'bodhi_update_push_stable', '-p', 'fedora-26', ...more])

describe('freshwave decide', () => {
  it('exits with 1 and a table when something is missing, and with 0 when it is waived or has passed', async () => {
    await gate.putResult('dist.abicheck', 'FAILED')
    await gate.putResult('dist.rpmdeplint', 'PASSED')
    const before = await decide()
    expect([before.code, before.err]).toEqual([1, ''])
    expect(before.out).toMatch(/^Not satisfied: Of 3 required tests, 1 result missing, 1 test failed$/m)
    expect(before.out).toMatch(/^unmet +glibc-1.0-1.el7 +test-result-failed +dist.abicheck +result 1$/m)
    expect(before.out).toMatch(/^met +glibc-1.0-1.el7 +test-result-passed +dist.rpmdeplint +result 2$/m)
    await gate.putWaiver('dist.abicheck')
    await gate.putResult('dist.upgradepath', 'PASSED')
    const after = await decide()
    expect(after).toMatchObject({ code: 0, err: '', out: expect.stringContaining('result 1, waiver 1') })
    expect(after.out).toMatch(/^Satisfied: All required tests \(3 total\) have passed or been waived$/m)
  })

  it('prints the JSON of the API', async () => {
    await gate.putResult('dist.abicheck', 'PASSED')
    const { code, out } = await decide('--json')
    const { json } = await gate.decide({
      decision_context: 'bodhi_update_push_stable',
      product_version: 'fedora-26',
      subject_type: 'koji_build',
      subject_identifier: NVR,
    })
    expect([code, JSON.parse(out)]).toEqual([1, json])
  })

  it('explains for each policy why it applies or not', async () => {
    writeFileSync(
      join(folder, 'policies.yaml'),
      [
        policyYaml('good', []),
        policyYaml('elsewhere', [], { decision_context: 'd' }),
        policyYaml('later', [], { product_versions: '[fedora-27, fedora-28]' }),
        policyYaml('of-composes', [], { subject_type: 'compose' }),
        policyYaml('without-glibc', [], { excluded_packages: '[glibc]' }),
      ].join(''),
    )
    const explain = (...more: string[]) =>
      freshwave(['decide', '-c', 'c', '-p', 'fedora-26', NVR, '--explain', ...more], { POLICIES_DIR: folder })
    const { code, out } = await explain()
    expect(code).toBe(0)
    for (const line of [
      /^glibc-1.0-1.el7 +good +policies.yaml:1 +applies$/m,
      /^glibc-1.0-1.el7 +elsewhere +policies.yaml:\d+ +does not apply +decision context: it applies to d, not to c$/m,
      /^glibc-1.0-1.el7 +later +\S+ +does not apply +product version: it applies to fedora-27, fedora-28, not to fedora-26$/m,
      /^glibc-1.0-1.el7 +of-composes +\S+ +does not apply +subject type: it applies to compose, not to koji_build$/m,
      /^glibc-1.0-1.el7 +without-glibc +\S+ +excludes this package +excluded package: glibc is one of its excluded packages$/m,
    ])
      expect(out).toMatch(line)
    const { explanation } = JSON.parse((await explain('--json')).out)
    expect(explanation.subjects).toMatchObject([
      { subject_type: 'koji_build', subject_identifier: NVR, files: [] },
    ])
    expect(explanation.subjects[0].policies).toHaveLength(5)
    expect(explanation.subjects[0].policies[1]).toEqual({
      ...{ policy: 'elsewhere', file: 'policies.yaml', line: expect.any(Number), applied: false },
      ...{ condition: 'decision context', because: 'it applies to d, not to c' },
    })
  })

  it('exits with 2 and the reason when no decision is possible', async () => {
    writeFileSync(join(folder, 'policies.yaml'), '--- !Policy\nid: a\n')
    const broken = await freshwave(['decide', NVR, '-c', 'c', '-p', 'v'], { POLICIES_DIR: folder })
    expect([broken.code, broken.out]).toEqual([2, ''])
    expect(broken.err).toContain("policies.yaml:1: Policy 'a': Attribute 'product_versions' is required")
    const nowhere = await decide('-t', 'unknown', '--explain')
    expect(nowhere.code).toBe(2)
    expect(nowhere.err).toMatch(/^Found no applicable policies for unknown subjects/)
    expect(nowhere.out).toContain('subject type: it applies to koji_build, not to unknown')
    const down = await freshwave(['decide', NVR, '-c', 'bodhi_update_push_stable', '-p', 'fedora-26'], {
      RESULTSDB_API_URL: 'http://127.0.0.1:1/api/v2.0',
    })
    expect([down.code, down.out]).toEqual([2, ''])
    expect(down.err).toMatch(/^Error connecting to upstream server: resultsdb: /)
    writeFileSync(join(folder, 'policies.yaml'), policyYaml('remote', ['!RemoteRule {}']))
    const remote = await freshwave(['decide', NVR, '-c', 'c', '-p', 'fedora-26'], {
      POLICIES_DIR: folder,
      KOJI_BASE_URL: 'http://127.0.0.1:1/kojihub',
    })
    expect([remote.code, remote.out]).toEqual([2, ''])
    expect(remote.err).toMatch(
      /^Unexpected error while fetching remote policies\nCause: .*Could not reach Koji: .*ECONNREFUSED.*\n$/,
    )
    expect((await freshwave(['decide', NVR])).code).toBe(2)
    expect((await freshwave(['nonsense'])).code).toBe(2)
    expect((await freshwave(['--help'])).code).toBe(0)
  })
})

describe('the program', () => {
  let database: string
  beforeEach(async () => {
    database = await createDatabase()
    return () => dropDatabase(database)
  })

  function startWeb(): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    const env = { PATH: process.env['PATH'], DATABASE_URL: database, PORT: '0', POLICIES_DIR: folder }
    const child = spawn(process.execPath, ['scripts/run.mjs', 'src/api/main.ts'], { env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => {
        output += data
      })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    return { child, output: () => output, ended }
  }
  const patience = { timeout: 400_000, interval: 50 }

  it('does not start with invalid policies, and reports all problems', async () => {
    writeFileSync(join(folder, 'a.yaml'), '--- !Policy\nid: a\n')
    writeFileSync(join(folder, 'b.yaml'), '--- !Policy\n42')
    const { output, ended } = startWeb()
    expect(await ended).toBe(2)
    expect(output()).toContain("a.yaml:1: Policy 'a': Attribute 'product_versions' is required")
    expect(output()).toContain('b.yaml:1: Expected mapping for !Policy tagged object')
  })

  it('reloads policies on SIGHUP, and keeps the previous ones while a change is invalid', async () => {
    writeFileSync(join(folder, 'a.yaml'), policyYaml('old', [rule('t')]))
    const { child, output, ended } = startWeb()
    await expect.poll(output, patience).toContain('"msg":"ready"')
    const url = /"url":"([^"]+)"/.exec(output())?.[1]
    const ids = async () => {
      const { policies } = (await (await fetch(`${url}/api/v1.0/policies`)).json()) as {
        policies: { id: string }[]
      }
      return policies.map(({ id }) => id)
    }
    expect(await ids()).toEqual(['old'])
    writeFileSync(join(folder, 'a.yaml'), policyYaml('new', [rule('t')]))
    child.kill('SIGHUP')
    await expect.poll(ids, patience).toEqual(['new'])
    writeFileSync(join(folder, 'a.yaml'), '--- !Policy\n42')
    child.kill('SIGHUP')
    await expect.poll(output, patience).toContain('a.yaml:1: Expected mapping')
    expect(await ids()).toEqual(['new'])
    const health = await (await fetch(`${url}/health/ready`)).text()
    expect(health).toContain('a change since then cannot be used')
    child.kill('SIGTERM')
    await ended
  })
})
