/** Messages about composes with false claims: they look real, and ODCS itself answers otherwise. */
import { describe, expect, it } from 'vitest'
import { publishForeignCompose } from '../../../../../lab/services/odcs/foreign-compose.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

describe('a false message about a compose', () => {
  it('claims another state of a real compose, which ODCS does not confirm', async () => {
    const { urls, world, messages } = await labForTest()
    const compose = async () => (await fetch(`${urls.ODCS_URL}/api/1/composes/101`)).json()
    const { pungi_config_dump: _dump, ...real } = (await compose()) as Record<string, unknown>
    publishForeignCompose(world, { id: 101, state: 'failed', claims: { state_reason: 'no space left' } })
    expect(messages).toEqual([
      {
        topic: 'VirtualTopic.eng.odcs.state.change',
        body: {
          event: 'state-changed',
          compose: { ...real, state: 4, state_name: 'failed', state_reason: 'no space left' },
        },
        properties: {},
      },
    ])
    expect(await compose()).toMatchObject({ ...real, state: 2, state_name: 'done' })
  })

  it('can be about a compose that does not exist', async () => {
    const { urls, world, messages } = await labForTest()
    const { compose } = publishForeignCompose(world, { id: 99_999, state: 'done' })
    expect(compose).toMatchObject({ id: 99_999, state: 2, owner: 'another-client', source: 'another-tag' })
    expect(messages[0]?.body.compose).toEqual(compose)
    expect((await fetch(`${urls.ODCS_URL}/api/1/composes/99999`)).status).toBe(404)
  })
})
