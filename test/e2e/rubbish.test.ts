/** Rubbish on the bus: one row each that says what is wrong, and what comes behind it is handled as ever. */
import { type Message, message as sections } from 'rhea'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { connectClient } from '../support/amqp-client.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks } from '../support/hub-tasks.ts'
import { STATUS_TOPIC } from '../support/messages.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'
import { startWorld, type TestWorld } from '../support/world.ts'

const IMAGES = 8
const UNKNOWN_TOPIC = 'VirtualTopic.eng.weather.report'
const TASK_TOPIC = 'VirtualTopic.eng.brew.task.closed'
const DEEP = 100_000

type Rubbish = {
  what: string
  body: unknown
  topic?: string
  more?: Partial<Message>
  state: string
  reason: RegExp
}

const json = (value: unknown) => JSON.stringify(value)
const shipped = (errataId: number) => json({ errata_id: errataId, to: 'SHIPPED_LIVE' })

const RUBBISH: Rubbish[] = [
  { what: 'no JSON', body: 'Dear all, {please} ignore', state: 'failed', reason: /^The body is not valid JSON: / },
  { what: 'half a JSON', body: '{"errata_id": 133', state: 'failed', reason: /^The body is not valid JSON: / },
  { what: 'nothing at all', body: '', state: 'failed', reason: /^errata_id: .*; to: / },
  { what: 'null', body: null, state: 'failed', reason: /^errata_id: / },
  { what: 'a list', body: '[1, 2, 3]', state: 'failed', reason: /^body: / },
  {
    what: 'wrong types',
    body: json({ errata_id: 'x', to: 7 }),
    state: 'failed',
    reason: /^errata_id: .*; to: /,
  },
  {
    what: 'a huge number',
    body: '{"errata_id": 1e400, "to": "SHIPPED_LIVE"}',
    state: 'failed',
    reason: /^errata_id: /,
  },
  { what: 'a long number', body: shipped(2 ** 53), state: 'failed', reason: /^errata_id: / },
  { what: 'a negative number', body: shipped(-1), state: 'failed', reason: /^errata_id: / },
  {
    what: 'a message of 5 MB',
    body: json({ errata_id: ADVISORY, to: 'SHIPPED_LIVE', padding: 'x'.repeat(5 * 1024 * 1024) }),
    state: 'failed',
    reason: /^The body has 52\d+ bytes, max_message_bytes is 2097152\.$/,
  },
  { what: 'a deep list', body: '['.repeat(DEEP) + ']'.repeat(DEEP), state: 'failed', reason: /./ },
  {
    what: 'a deep value',
    body: `{"to": "SHIPPED_LIVE", "errata_id": ${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
    state: 'failed',
    reason: /^errata_id: /,
  },
  {
    what: 'a deep value nobody asks for',
    body: `{"to": "QE", "errata_id": 7, "more": ${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    state: 'ignored',
    reason: /^Advisory 7 is now QE, not SHIPPED_LIVE\.$/,
  },
  {
    what: 'a prototype',
    body: `{"__proto__": {"errata_id": ${ADVISORY}, "to": "SHIPPED_LIVE"}}`,
    state: 'failed',
    reason: /^errata_id: /,
  },
  {
    what: 'a constructor',
    body: `{"constructor": {"prototype": {"to": "SHIPPED_LIVE"}}, "errata_id": ${ADVISORY}}`,
    state: 'failed',
    reason: /^to: /,
  },
  { what: 'NUL bytes', body: '\0\0\0', state: 'failed', reason: /^The body is not valid JSON: / },
  {
    what: 'a NUL in a text',
    body: json({ errata_id: 7, to: 'QE\0' }),
    state: 'ignored',
    reason: /^Advisory 7 is now QE/,
  },
  {
    what: 'NULs in properties',
    body: json({ errata_id: 7, to: 'QE' }),
    more: { application_properties: { 'a\0b': 'c\0d' } },
    state: 'ignored',
    reason: /^Advisory 7 is now QE/,
  },
  {
    what: 'bytes that are no text',
    body: sections.data_section(Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])),
    state: 'failed',
    reason: /^The body is not valid JSON: /,
  },
  {
    what: 'an unknown topic',
    body: shipped(ADVISORY),
    topic: UNKNOWN_TOPIC,
    state: 'ignored',
    reason: /weather\.report$/,
  },
  {
    what: 'an advisory nobody knows',
    body: shipped(999_999),
    state: 'failed',
    reason: /^The Errata Tool does not know advisory 999999\.$/,
  },
  {
    what: 'the end of a task nobody waits for',
    body: json({ attribute: 'state', new: 'CLOSED', info: { id: 5, method: 'buildContainer' } }),
    topic: TASK_TOPIC,
    state: 'ignored',
    reason: /^No build here waits for task 5\.$/,
  },
]

type Row = { id: string; state: string; reason: string }

let world: TestWorld
let pipeline: Pipeline
let rows: Map<string, Row[]>

beforeAll(async () => {
  world = await startWorld({ catalogue: affectedImages(IMAGES) })
  const sources = `${world.env.AMQP_SOURCES},queue://Consumer.freshwave.${UNKNOWN_TOPIC}`
  world.bus.depth(`queue://Consumer.freshwave.${UNKNOWN_TOPIC}`)
  pipeline = await startPipeline(world, { env: { AMQP_SOURCES: sources } })
  await sendAll()
  world.ship(ADVISORY)
  await pipeline.untilEnded(ADVISORY)
  rows = await untilRead()
})

afterAll(async () => {
  await pipeline?.stop()
  await world?.stop()
})

it.each(RUBBISH)('keeps $what in one row with the reason', ({ what, state, reason }) => {
  expect(rows.get(what)).toEqual([{ id: what, state, reason: expect.stringMatching(reason) }])
})

it('rebuilds the advisory that came behind all that', async () => {
  const event = await pipeline.untilEnded(ADVISORY)
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  expect(await pipeline.ctx.db.fork().execute('select id from events')).toEqual([{ id: event.id }])
})

it('gives nothing back to the broker and leaves nothing in its dead letters', () => {
  expect(world.bus.depth(`queue://Consumer.freshwave.${STATUS_TOPIC}`)).toBe(0)
  expect(world.bus.depth('queue://DLQ')).toBe(0)
})

async function sendAll(): Promise<void> {
  const client = await connectClient(world.bus.url)
  for (const { what, body, topic = STATUS_TOPIC, more } of RUBBISH) {
    const message = { message_id: what, body, ...more }
    await client.send(`topic://${topic}`, [message])
  }
  await client.close()
}

/** The rows of the rubbish, by the id it was sent with. */
async function untilRead(): Promise<Map<string, Row[]>> {
  const names = RUBBISH.map(({ what }) => what)
  const sql = 'select message_id as id, state, reason from inbox where message_id = any(?) order by id'
  const ask = () =>
    pipeline.ctx.db.fork().execute<Row[]>(sql, [`{${names.map((name) => `"${name}"`).join()}}`])
  const all = await eventually(ask, (found) => found.every(({ state }) => state !== 'new'))
  return Map.groupBy(all, ({ id }) => id)
}
