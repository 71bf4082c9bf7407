/** The page of the gate in a real browser, with the lab's ResultsDB and WaiverDB behind it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'

let world: TestWorld
let pages: TestPages
beforeAll(async () => {
  world = await startWorld()
  pages = await startPages({ env: { ...world.env, POLICIES_DIR: 'lab/policies' } })
})
afterAll(async () => {
  await pages.stop()
  await world.stop()
})

describe('the page of the gate', () => {
  it('shows the requirements, and which policy applied, with its place, whatever spaces were pasted with the name', async () => {
    const { page, problems, close } = await pages.open('/ui/gate')
    await page.getByLabel('Subject type').fill('redhat-container-image ')
    await page.getByLabel('Subject', { exact: true }).fill(' httpd-24-container-1-283\u00a0')
    await page.getByLabel('Product version').fill('\trhel-8')
    await page.getByLabel('Decision context').fill(' container-image-release')
    await page.getByRole('button', { name: 'Decide' }).click()
    await page.getByRole('heading', { name: 'Not satisfied' }).waitFor()
    const requirements = page.getByRole('region', { name: 'Table of requirements' })
    expect(await requirements.locator('tbody tr').count()).toBe(2)
    expect(await requirements.textContent()).toContain('image.has-no-known-cve')
    const compared = page.getByRole('region', { name: 'Table of policies compared' })
    expect(await compared.textContent()).toMatch(/images-for-customers\s*images.yaml:\d+.*applied/s)
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('shows why there is no decision, and which condition failed', async () => {
    const arguments_ =
      'subject_type=redhat-container-image&subject_identifier=a-1-1&product_version=fedora-26&decision_context=container-image-release'
    const { page, close } = await pages.open(`/ui/gate?${arguments_}`)
    expect(await page.getByRole('alert').textContent()).toContain('Found no applicable policies')
    expect(await page.locator('main').textContent()).toContain('product version:')
    expect(await accessFaults(page)).toEqual([])
    await close()
  })

  it('shows no credentials of the build system', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freshwave-policies-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const policy = `--- !Policy
id: windows
product_versions: [rhel-8]
decision_context: release
subject_type: koji_build
rules: [!PassingTestCaseRule {test_case_name: t, valid_since: 2020-01-01}]
`
    writeFileSync(join(folder, 'windows.yaml'), policy)
    const hub = world.lab.urls.KOJI_BASE_URL
    const KOJI_BASE_URL = hub.replace('//', '//alice:hunter2@')
    const guarded = await startPages({ env: { ...world.env, POLICIES_DIR: folder, KOJI_BASE_URL } })
    onTestFinished(guarded.stop)
    const arguments_ =
      'subject_type=koji_build&subject_identifier=unknown-1-1&product_version=rhel-8&decision_context=release'
    const { page, close } = await guarded.open(`/ui/gate?${arguments_}`)
    expect(await page.getByRole('alert').textContent()).toBe(
      `Failed to find Koji build for "unknown-1-1" at "${hub.replace('//', '//alice:***@')}"`,
    )
    expect(await page.content()).not.toContain('hunter2')
    await close()
  })

  it('refuses what no service can hold, instead of requesting it', async () => {
    const arguments_ =
      'subject_type=koji_build&subject_identifier=a%00-1-1&product_version=fedora-26&decision_context=c'
    const answer = await fetch(`${pages.web.url}/ui/gate?${arguments_}`)
    expect(await answer.text()).toContain('Invalid subject_identifier, must be text without NUL characters')
  })
})
