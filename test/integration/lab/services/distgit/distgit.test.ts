/** The lab's git web server: raw files by commit and branch, and redirects (behaviour/greenwave 4.1). */
import { describe, expect, it } from 'vitest'
import { commitFile } from '../../../../../lab/services/distgit/state.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

async function distGit() {
  const lab = await labForTest()
  const templates = JSON.parse(lab.urls.REMOTE_RULE_POLICIES) as Record<string, string>
  const url = new URL(templates['*'] ?? '').origin
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const commit = (file: Parameters<typeof commitFile>[1]) => commitFile(lab.world.distGit, file)
  return { ...lab, url, templates, get, commit }
}

const FILE = { repository: 'rpms/nethack', path: 'gating.yaml' }

describe('the git web server', () => {
  it("serves a file by commit and by branch, with and without Pagure's f", async () => {
    const { get, commit } = await distGit()
    const first = commit({ ...FILE, text: 'one' })
    const second = commit({ ...FILE, text: 'two', commit: 'c3c4' })
    expect(first).toMatch(/^[0-9a-f]{40}$/)
    expect(second).toBe('c3c4')
    expect((await get(`/rpms/nethack/raw/${first}/f/gating.yaml`)).text).toBe('one')
    expect((await get('/rpms/nethack/raw/c3c4/gating.yaml')).text).toBe('two')
    expect((await get('/rpms/nethack/raw/main/f/gating.yaml')).text).toBe('two')
  })

  it('keeps the other files of a branch, and keeps branches separate', async () => {
    const { get, commit } = await distGit()
    commit({ ...FILE, text: 'one' })
    commit({ ...FILE, path: 'other', text: 'x' })
    commit({ ...FILE, branch: 'f40', text: 'branch' })
    expect((await get('/rpms/nethack/raw/main/f/gating.yaml')).text).toBe('one')
    expect((await get('/rpms/nethack/raw/f40/f/gating.yaml')).text).toBe('branch')
    expect((await get('/rpms/nethack/raw/f40/f/other')).status).toBe(404)
  })

  it.each(['/rpms/nethack/raw/main/f/none', '/rpms/none/raw/main/f/gating.yaml', '/x', '/'])(
    'answers 404 for %s',
    async (path) => {
      const { get, commit } = await distGit()
      commit({ ...FILE, text: 'one' })
      expect((await get(path)).status).toBe(404)
    },
  )

  it('serves the files of side tags at the address in the settings', async () => {
    const { commit, templates } = await distGit()
    commit({
      repository: 'devops/greenwave-policies/side-tags',
      branch: 'master',
      path: '0f41.yaml',
      text: 'side',
    })
    const url = templates['brew-build-group']?.replace('{subject_id}', '0f41') ?? ''
    expect(await (await fetch(url)).text()).toBe('side')
  })

  it('redirects to another host on demand', async () => {
    const { get, world } = await distGit()
    world.faults.push({ service: 'distgit', kind: 'redirect', times: 1 })
    const { status, headers } = await get('/x', { redirect: 'manual' })
    expect([status, headers.get('location')]).toEqual([302, 'http://elsewhere.example.com/'])
    expect((await get('/x')).status).toBe(404)
  })
})
