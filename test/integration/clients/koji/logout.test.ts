/** The session at the hub when a process ends. */
import { expect, it } from 'vitest'
import { readSettings } from '../../../../src/config/settings.ts'
import { createGateContext } from '../../../../src/context.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'

async function loggedIn() {
  const hub = await startHub()
  const environment = {
    KOJI_BASE_URL: hub.url,
    KOJI_AUTH: 'password',
    KOJI_USER: 'freshwave',
    KOJI_PASSWORD: 'secret',
  }
  const context = await createGateContext(readSettings({ environment }), createLog('silent'))
  await context.clients.koji?.getLoggedInUser()
  return { hub, context }
}

it('ends with the process', async () => {
  const { hub, context } = await loggedIn()
  await context.close()
  expect(hub.ran.at(-1)).toBe('logout')
})

it('does not hold up a stop while the hub does not answer', async () => {
  const { hub, context } = await loggedIn()
  hub.troubles.push({ when: 'before', kind: 'hang' })
  const started = performance.now()
  await context.close()
  expect(performance.now() - started).toBeLessThan(10_000)
})

it('is not opened by a stop', async () => {
  const hub = await startHub()
  const environment = { KOJI_BASE_URL: hub.url, KOJI_AUTH: 'none' }
  const context = await createGateContext(readSettings({ environment }), createLog('silent'))
  await context.close()
  expect(hub.ran).toEqual([])
})
