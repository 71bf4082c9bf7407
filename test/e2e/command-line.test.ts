/** The exit codes of `freshwave`: 0 satisfied, 1 not satisfied, and 2 or more for every error. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CRITICAL, NVR, policyYaml } from '../support/gate/builders.ts'
import { startGate, type TestGate } from '../support/gate/gate.ts'
import { type RunOptions, runCommand, startCommand } from '../support/programs/command-line.ts'

let gate: TestGate
let folder: string
beforeAll(async () => {
  gate = await startGate()
})
afterAll(() => gate.stop())
beforeEach(async () => {
  await gate.reset()
  folder = mkdtempSync(join(tmpdir(), 'freshwave-command-'))
  return () => rmSync(folder, { recursive: true })
})

const CRITICAL_DECISION = ['decide', NVR, '-c', 'bodhi_update_push_stable', '-p', 'fedora-26']
const NODE = process.execPath
const ESCAPE = '\x1b[2J'
const start = (args: string[], { env, ...more }: RunOptions = {}) =>
  startCommand(args, { env: { ...gate.lab.urls, ...env }, ...more })
const freshwave = (args: string[], options?: RunOptions) => start(args, options).ended
const runner = (...args: string[]) => runCommand(args, { program: [NODE, 'scripts/run.mjs'] })

/** Runs the command with a descriptor on a full disk. */
const onFullDisk = (descriptor: 1 | 2, args: string[]) => {
  const script = `exec "$0" bin/freshwave.mjs "$@" ${descriptor}> /dev/full`
  return freshwave(args, { program: ['sh', '-c', script, NODE] })
}

describe('a program that is started through scripts/run.mjs', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGABRT', 'SIGSEGV'] as const)(
    'and is killed by %s exits as in a shell, with 128 plus the signal number',
    async (signal) => {
      const { code } = await runner('-e', `process.kill(process.pid, '${signal}'); setTimeout(() => {}, 9e6)`)
      expect(code).toBe(128 + constants.signals[signal])
    },
  )

  it('has the exit code of an abort when it runs out of memory', async () => {
    const fill = 'const all = []; for (;;) all.push(new Array(1000).fill(all.length))'
    const { code } = await runner('--max-old-space-size=16', '-e', fill)
    expect(code).toBe(128 + constants.signals.SIGABRT)
  })

  it('keeps its own exit code', async () => {
    expect((await runner('-e', 'process.exit(0)')).code).toBe(0)
    expect((await runner('-e', 'process.exit(7)')).code).toBe(7)
  })

  describe('where this Node is too old', () => {
    const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.0.0'}})`
    const run = () => {
      cpSync('scripts/run.mjs', join(folder, 'scripts/run.mjs'))
      return runCommand(['x.ts'], { program: [NODE, '--import', old, join(folder, 'scripts/run.mjs')] })
    }

    it('and no newer one is installed is not started, with exit code 2', async () => {
      expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('run "npm install" first') })
    })

    it('and the newer one cannot be executed is not started, with exit code 2', async () => {
      const installed = join(folder, 'node_modules/.bin/node')
      mkdirSync(join(installed, '..'), { recursive: true })
      writeFileSync(installed, '')
      chmodSync(installed, 0o644)
      const { code, err } = await run()
      expect([code, err]).toEqual([2, expect.stringMatching(/^spawn .+ EACCES\n$/)])
    })
  })
})

describe('freshwave', () => {
  it('that is killed while it waits does not exit with 1, "not satisfied"', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'hang' })
    const { child, ended } = start(CRITICAL_DECISION)
    await expect.poll(() => gate.calls('resultsdb'), { timeout: 400_000 }).toBeGreaterThan(0)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(128 + constants.signals.SIGTERM)
  })

  it('without its packages exits with 2 and one line that reports it', async () => {
    for (const part of ['bin', 'scripts', 'src', 'package.json']) {
      cpSync(part, join(folder, part), { recursive: true })
    }
    const { code, err } = await freshwave(CRITICAL_DECISION, {
      program: [NODE, join(folder, 'bin/freshwave.mjs')],
    })
    expect([code, err]).toEqual([2, expect.stringMatching(/^Cannot find package '[^\n]+\n$/)])
  })

  it('explains more policies and subjects than a call can have arguments', async () => {
    const names = Array.from({ length: 9000 }, (_none, n) => `package-${n}-1-1`)
    const { code, out, err } = await freshwave(['decide', ...names, '-c', 'c', '-p', 'v', '--explain'])
    expect([code, err]).toEqual([2, expect.stringMatching(/^Found no applicable policies[^\n]+\n$/)])
    expect(out.split('\n').length).toBeGreaterThan(100_000)
  })
})

describe('a failed write', () => {
  it('is an error for a decision, its JSON and the help', async () => {
    for (const name of CRITICAL) await gate.putResult(name, 'PASSED')
    for (const args of [CRITICAL_DECISION, [...CRITICAL_DECISION, '--json'], ['--help'], ['--version']]) {
      const { code, err } = await onFullDisk(1, args)
      expect([code, err], args.join(' ')).toEqual([2, expect.stringMatching(/^[^\n]*ENOSPC[^\n]*\n$/)])
    }
  })

  it('is not an error when the reader has closed the pipe: the exit code is that of the decision', async () => {
    for (const expected of [1, 0]) {
      const { child, ended } = start(CRITICAL_DECISION)
      child.stdout?.destroy()
      expect(await ended).toMatchObject({ code: expected, err: '' })
      for (const name of CRITICAL) await gate.putResult(name, 'PASSED')
    }
  })

  it('keeps the exit code of an error', async () => {
    expect(await onFullDisk(2, ['decide', NVR])).toEqual({ code: 2, out: '', err: '' })
    expect(await onFullDisk(2, ['decide', NVR, '-c', 'c', '-p', 'v'])).toEqual({ code: 2, out: '', err: '' })
  })
})

describe('started from another folder', () => {
  it('decides by the files of its installation, also when started through a link', async () => {
    const link = join(folder, 'freshwave')
    symlinkSync(resolve('bin/freshwave.mjs'), link)
    for (const program of [resolve('bin/freshwave.mjs'), link]) {
      const { code, out, err } = await freshwave(CRITICAL_DECISION, { cwd: folder, program: [NODE, program] })
      expect([code, err]).toEqual([1, ''])
      expect(out).toMatch(/^Not satisfied: Of 3 required tests, 3 results missing$/m)
    }
  })

  it('resolves paths in the current folder', async () => {
    writeFileSync(join(folder, 'mine.yaml'), 'outcomes_passed: [FINE]\n')
    mkdirSync(join(folder, 'policies'))
    writeFileSync(join(folder, 'policies/mine.yaml'), policyYaml('mine', []))
    const env = {
      FRESHWAVE_CONFIG: 'mine.yaml',
      POLICIES_DIR: './policies',
      SUBJECT_TYPES_DIR: 'policies/none',
    }
    const program = [NODE, resolve('bin/freshwave.mjs')]
    const decideWith = (settings: Record<string, string>) =>
      freshwave(['decide', NVR, '-c', 'c', '-p', 'fedora-26'], { cwd: folder, env: settings, program })
    const { SUBJECT_TYPES_DIR, ...usable } = env
    expect(await decideWith(usable)).toMatchObject({ code: 0, err: '', out: expect.stringContaining('mine') })
    expect(await decideWith(env)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`'${SUBJECT_TYPES_DIR}'`),
    })
  })
})

describe('control characters from outside', () => {
  it('never reach the terminal, neither in tables nor in messages', async () => {
    const scenario = [`red ${ESCAPE}`]
    await gate.putResult(CRITICAL[0] ?? '', 'FAILED', { item: NVR, type: 'koji_build', scenario })
    const { out } = await freshwave(CRITICAL_DECISION)
    expect(out).toContain('red \\x1b[2J')
    const refused = await freshwave([
      'decide',
      `a${ESCAPE}\nb`,
      '-c',
      `c${ESCAPE}\nb`,
      '-p',
      'v',
      '--explain',
    ])
    expect(refused.err).toMatch(/^Found no .+ at gating point\(s\) c\\x1b\[2J\\x0ab in v\n$/)
    expect(refused.out).toContain('a\\x1b[2J b')
    const unknown = await freshwave([...CRITICAL_DECISION, `--${ESCAPE}`])
    expect(unknown.err).toMatch(/^error: unknown option '--\\x1b\[2J'\n/)
    const json = await freshwave([...CRITICAL_DECISION.with(1, 'a\x9b-1-1'), '--json'])
    expect(JSON.parse(json.out).unsatisfied_requirements[0].subject_identifier).toBe('a\x9b-1-1')
    for (const text of [out, refused.out, refused.err, unknown.err, json.out]) {
      expect(text).not.toMatch(/[^\P{Cc}\n]/u)
    }
  })
})
