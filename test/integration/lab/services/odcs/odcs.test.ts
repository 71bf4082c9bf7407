/** ODCS: requests and their refusals, the states of a compose, and the messages about them. */
import { describe, expect, it } from 'vitest'
import { labForTest, until } from '../../../../support/lab/lab.ts'

async function odcsForTest() {
  const lab = await labForTest()
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${lab.urls.ODCS_URL}/api/1/composes/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const inState = (id: unknown, state: string) =>
    until(() => lab.world.odcs.composes.get(Number(id))?.state === state)
  return { ...lab, send, inState }
}

const PULP = {
  source: { type: 'pulp', source: 'jws-6-for-rhel-8-x86_64-rpms' },
  flags: ['use_only_compatible_arch'],
}

describe('a compose', () => {
  it('is returned at once in state wait, with its addresses, and its lists as texts', async () => {
    const { send } = await odcsForTest()
    const { status, body } = await send('POST', '', {
      source: {
        type: 'build',
        source: '',
        builds: ['a-1-1', 'b-1-1'],
        packages: ['a', 'b'],
        sigkeys: ['F1', 'F2'],
      },
      flags: ['no_deps'],
      arches: ['aarch64', 'x86_64'],
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      source: '',
      source_type: 6,
      state: 0,
      state_name: 'wait',
      builds: 'a-1-1 b-1-1',
      packages: 'a b',
      sigkeys: 'F1 F2',
      arches: 'aarch64 x86_64',
      flags: ['no_deps'],
      results: ['repository'],
      modules: null,
      time_started: null,
      time_done: null,
      result_repofile: `http://odcs.example.com/composes/odcs-${body.id}/compose/Temporary/odcs-${body.id}.repo`,
    })
    expect(body.time_submitted).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('goes from wait through generating to done, with a message for each state', async () => {
    const { send, inState, messages } = await odcsForTest()
    const { body } = await send('POST', '', PULP)
    await inState(body.id, 'done')
    expect(
      messages.map(({ topic, body: { event, compose } }) => [
        topic,
        event,
        (compose as { state: number }).state,
      ]),
    ).toEqual([0, 1, 2].map((state) => ['VirtualTopic.eng.odcs.state.change', 'state-changed', state]))
    expect((await send('GET', String(body.id))).body).toMatchObject({
      state: 2,
      state_name: 'done',
      time_done: expect.any(String),
      pungi_config_dump: null,
    })
    expect(messages.at(-1)?.body.compose).not.toHaveProperty('pungi_config_dump')
  })

  it('fails on demand, with a reason, for the given number of composes', async () => {
    const { send, inState, world } = await odcsForTest()
    world.odcs.failNext = 1
    const [bad, good] = [await send('POST', '', PULP), await send('POST', '', PULP)]
    await inState(bad.body.id, 'failed')
    await inState(good.body.id, 'done')
    expect((await send('GET', String(bad.body.id))).body).toMatchObject({
      state: 4,
      state_reason: expect.stringContaining('no space left'),
    })
  })

  it('of earlier builds exists and is done', async () => {
    const { send } = await odcsForTest()
    expect((await send('GET', '101')).body).toMatchObject({
      state: 2,
      source: expect.stringContaining('rhel-8-for-x86_64-baseos-rpms'),
    })
    expect((await send('GET', '99999')).status).toBe(404)
  })
})

describe('a request', () => {
  it.each([
    [{ source: { type: 'pulp' } }, 'No source provided for 4'],
    [{ source: { type: 'tag', source: 'a', packages: 'bash' } }, 'packages should be a list'],
    [{ source: { type: 'tag', source: 'a"b' } }, 'source contains a forbidden character'],
    [{ source: { type: 'cake', source: 'a' } }, 'Unknown source type'],
    [{ source: { type: 'tag', source: 'a' }, flags: ['fast'] }, 'Unknown flag fast'],
    [{}, 'Missing source type'],
    [null, 'No JSON data'],
  ])('%j is refused: %s', async (body, message) => {
    const { send, world } = await odcsForTest()
    const before = world.odcs.composes.size
    expect(await send('POST', '', body)).toEqual({
      status: 400,
      body: { status: 400, error: 'Bad Request', message },
    })
    expect(world.odcs.composes.size).toBe(before)
  })

  it('has a maximum lifetime of three days, and accepts the older spelling of the option too', async () => {
    const { send } = await odcsForTest()
    const lifetime = async (more: Record<string, number>) => {
      const { body } = await send('POST', '', { ...PULP, ...more })
      return (Date.parse(String(body.time_to_expire)) - Date.parse(String(body.time_submitted))) / 1000
    }
    expect(await lifetime({})).toBe(24 * 3600)
    expect(await lifetime({ 'seconds-to-live': 600 })).toBe(600)
    expect(await lifetime({ seconds_to_live: 10 ** 7 })).toBe(72 * 3600)
  })
})

describe('renewing', () => {
  it('extends a done compose, replaces a failed one, and does not find one in progress', async () => {
    const { send, inState, world } = await odcsForTest()
    expect((await send('PATCH', '101')).body.id).toBe(101)
    world.odcs.failNext = 1
    const { body: failing } = await send('POST', '', PULP)
    expect(await send('PATCH', String(failing.id))).toMatchObject({
      status: 404,
      body: { message: `No compose with id ${failing.id} found` },
    })
    await inState(failing.id, 'failed')
    const { body: renewed } = await send('PATCH', String(failing.id))
    expect(renewed).toMatchObject({ state: 0, source: PULP.source.source })
    expect(renewed.id).not.toBe(failing.id)
    await inState(renewed.id, 'done')
  })
})

describe('the list', () => {
  it('is paged and sorted by newest first', async () => {
    const { send } = await odcsForTest()
    await send('POST', '', PULP)
    const { body } = await send('GET', '?per_page=2&page=1')
    const ids = (body.items as { id: number }[]).map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(body.meta).toMatchObject({
      page: 1,
      pages: 3,
      per_page: 2,
      total: 5,
      prev: null,
      next: expect.stringContaining('page=2'),
    })
  })
})
