/** Reading the folder of policies, and reloading it while the service runs (behaviour/greenwave 1.1). */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPolicySet } from '../../../../../src/gate-input/policies/load.ts'
import { openPolicyStore, type PolicyStore } from '../../../../../src/gate-input/policies/store.ts'
import { BadSettings } from '../../../../../src/lib/errors.ts'
import { createLog } from '../../../../../src/lib/log.ts'
import { policyYaml, test as rule } from '../../../../support/gate/builders.ts'

let folder: string
const folders = () => ({ POLICIES_DIR: folder, SUBJECT_TYPES_DIR: 'conf/subject-types' })
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const policy = (id: string) => policyYaml(id, [rule('t')])
const problemsOf = async () => {
  const error = await readPolicySet(folders()).catch((thrown: unknown) => thrown)
  if (error instanceof BadSettings) return error.problems
  throw new Error('expected BadSettings')
}

/** Root may read everything. */
async function withoutPrivileges(work: () => Promise<void>): Promise<void> {
  const user = process.geteuid?.()
  if (user === 0) process.seteuid?.(65_534)
  try {
    await work()
  } finally {
    if (user === 0) process.seteuid?.(user)
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-policies-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a folder of policies', () => {
  it('is read in the order of names and documents, without other files', async () => {
    write('b.yaml', policy('3'))
    write('a.yaml', policy('1') + policy('2'))
    write('c.yml', 'not read')
    write('README', '{')
    const { policies } = await readPolicySet(folders())
    expect(policies.map(({ id }) => id)).toEqual(['1', '2', '3'])
  })

  it('with faults reports all of them, each with file and line', async () => {
    write('a.yaml', `${policy('good')}--- !Policy\nid: bad\n`)
    write('b.yaml', '--- !Policy\n42\n--- !Policy\nid: worse\nrules: []\nproduct_versions: x\n')
    expect(await problemsOf()).toEqual([
      expect.stringMatching(/\/a\.yaml:\d+: Policy 'bad': Attribute 'product_versions' is required$/),
      expect.stringMatching(/\/b\.yaml:1: Expected mapping for !Policy tagged object$/),
      expect.stringMatching(
        /\/b\.yaml:6: Policy 'worse': Attribute 'product_versions': expected a sequence node/,
      ),
    ])
  })

  it('with an unreadable file names it, and reports the faults of the other files', async () => {
    write('a.yaml', '--- !Policy\n42\n')
    mkdirSync(join(folder, 'x.yaml'))
    symlinkSync('nowhere', join(folder, 'z.yaml'))
    symlinkSync('user@host.1', join(folder, '.#a.yaml')) // as editors leave them
    expect(await problemsOf()).toEqual([
      expect.stringMatching(/\/a\.yaml:1: Expected mapping for !Policy tagged object$/),
      expect.stringMatching(/\/x\.yaml:1: EISDIR/),
      expect.stringMatching(/\/z\.yaml:1: ENOENT/),
    ])
  })

  it('that does not exist is named with its setting', async () => {
    const gone = { POLICIES_DIR: '/nowhere', SUBJECT_TYPES_DIR: '/nothing' }
    await expect(readPolicySet(gone)).rejects.toThrow(/POLICIES_DIR: ENOENT.*SUBJECT_TYPES_DIR: ENOENT/s)
  })
})

describe('the policies in force', () => {
  let store: PolicyStore
  const ids = () => store.current().policies.map(({ id }) => id)
  beforeEach(async () => {
    write('a.yaml', policy('old'))
    store = await openPolicyStore(folders(), createLog('silent'), 20)
  })
  afterEach(() => store.close())

  it('follow files that are added, changed and removed', async () => {
    expect(ids()).toEqual(['old'])
    write('a.yaml', policy('changed'))
    await expect.poll(ids).toEqual(['changed'])
    write('b.yaml', policy('second'))
    await expect.poll(ids).toEqual(['changed', 'second'])
    rmSync(join(folder, 'a.yaml'))
    await expect.poll(ids).toEqual(['second'])
  })

  it('stay when a change is invalid, which is reported until it is fixed', async () => {
    write('a.yaml', `${policy('new')}--- !Policy\n42\n`)
    await expect
      .poll(() => store.status().problems)
      .toEqual([expect.stringMatching(/a\.yaml:\d+: Expected mapping/)])
    expect(ids()).toEqual(['old'])
    write('a.yaml', policy('fixed'))
    await expect.poll(ids).toEqual(['fixed'])
    expect(store.status().problems).toEqual([])
  })

  it('stay while a file cannot be read, which is reported until it can be, though no file changes then', async () => {
    chmodSync(folder, 0o777)
    const log = createLog('error')
    const errors = vi.spyOn(log, 'error').mockReturnValue()
    await withoutPrivileges(async () => {
      const changing = await openPolicyStore(folders(), log, 1_000_000)
      const path = join(folder, 'b.yaml')
      write('b.yaml', policy('second'))
      chmodSync(path, 0)
      for (let looks = 0; looks < 4; looks += 1) await changing.look()
      expect(changing.status().problems).toEqual([expect.stringMatching(/b\.yaml:1: EACCES/)])
      expect(changing.current().policies.map(({ id }) => id)).toEqual(['old'])
      expect(errors).toHaveBeenCalledOnce()
      chmodSync(path, 0o644)
      await changing.look()
      expect(changing.status().problems).toEqual([])
      expect(changing.current().policies.map(({ id }) => id)).toEqual(['old', 'second'])
      await changing.close()
    })
  })

  it('stay while a folder has nothing left, as where a file system is not mounted', async () => {
    rmSync(join(folder, 'a.yaml'))
    await store.reload()
    expect(ids()).toEqual(['old'])
    expect(store.status().problems).toEqual([expect.stringMatching(/^POLICIES_DIR: nothing is left/)])
    write('a.yaml', policy('old'))
    await store.reload()
    expect(store.status().problems).toEqual([])
  })

  it('stay while files are being replaced, until two looks have found the same', async () => {
    write('b.yaml', policy('second'))
    await expect.poll(ids).toEqual(['old', 'second'])
    await store.close()
    rmSync(join(folder, 'a.yaml')) // as between the two steps of a checkout
    await store.look()
    expect(ids()).toEqual(['old', 'second'])
    write('a.yaml', policy('new'))
    await store.look()
    expect(ids()).toEqual(['old', 'second'])
    await store.look()
    expect(ids()).toEqual(['new', 'second'])
  })

  it('are replaced as a whole: a set that was taken before does not change', async () => {
    const before = store.current()
    write('a.yaml', policy('new'))
    await store.reload()
    expect(store.current()).not.toBe(before)
    expect(before.policies.map(({ id }) => id)).toEqual(['old'])
  })
})
