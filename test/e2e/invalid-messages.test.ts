/** Invalid messages on the bus: each is stored in one row with the reason, and the messages after it are handled as usual. */
import { type Message, message as sections } from 'rhea'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectClient } from '../support/bus/amqp-client.ts'
import { STATUS_TOPIC } from '../support/bus/messages.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

const IMAGES = 8
const UNKNOWN_TOPIC = 'VirtualTopic.eng.weather.report'
const TASK_TOPIC = 'VirtualTopic.eng.brew.task.closed'
const DEEP = 100_000

type InvalidMessage = {
  title: string
  body: unknown
  topic?: string
  more?: Partial<Message>
  state: string
  reason: RegExp
}

const json = (value: unknown) => JSON.stringify(value)
const shipped = (errataId: number) => json({ errata_id: errataId, to: 'SHIPPED_LIVE' })

const INVALID: InvalidMessage[] = [
  {
    title: 'text that is not JSON',
    body: 'Dear all, {please} ignore',
    state: 'failed',
    reason: /^The body is not valid JSON: /,
  },
  {
    title: 'truncated JSON',
    body: '{"errata_id": 133',
    state: 'failed',
    reason: /^The body is not valid JSON: /,
  },
  { title: 'an empty body', body: '', state: 'failed', reason: /^errata_id: .*; to: / },
  { title: 'null', body: null, state: 'failed', reason: /^errata_id: / },
  { title: 'a list', body: '[1, 2, 3]', state: 'failed', reason: /^body: / },
  {
    title: 'wrong types',
    body: json({ errata_id: 'x', to: 7 }),
    state: 'failed',
    reason: /^errata_id: .*; to: /,
  },
  {
    title: 'a huge number',
    body: '{"errata_id": 1e400, "to": "SHIPPED_LIVE"}',
    state: 'failed',
    reason: /^errata_id: /,
  },
  { title: 'a long number', body: shipped(2 ** 53), state: 'failed', reason: /^errata_id: / },
  { title: 'a negative number', body: shipped(-1), state: 'failed', reason: /^errata_id: / },
  {
    title: 'a message of 5 MB',
    body: json({ errata_id: ADVISORY, to: 'SHIPPED_LIVE', padding: 'x'.repeat(5 * 1024 * 1024) }),
    state: 'failed',
    reason: /^The body has 52\d+ bytes, max_message_bytes is 2097152\.$/,
  },
  { title: 'a deep list', body: '['.repeat(DEEP) + ']'.repeat(DEEP), state: 'failed', reason: /./ },
  {
    title: 'a deep value',
    body: `{"to": "SHIPPED_LIVE", "errata_id": ${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
    state: 'failed',
    reason: /^The body is nested more than 100 levels deep\.$/,
  },
  {
    title: 'a deep value that is not used',
    body: `{"to": "REL_PREP", "errata_id": 7, "more": ${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    state: 'failed',
    reason: /^The body is nested more than 100 levels deep\.$/,
  },
  {
    title: 'a prototype',
    body: `{"__proto__": {"errata_id": ${ADVISORY}, "to": "SHIPPED_LIVE"}}`,
    state: 'failed',
    reason: /^errata_id: /,
  },
  {
    title: 'a constructor',
    body: `{"constructor": {"prototype": {"to": "SHIPPED_LIVE"}}, "errata_id": ${ADVISORY}}`,
    state: 'failed',
    reason: /^to: /,
  },
  { title: 'NUL bytes', body: '\0\0\0', state: 'failed', reason: /^The body is not valid JSON: / },
  {
    title: 'a NUL in a text',
    body: json({ errata_id: 7, to: 'REL_PREP\0' }),
    state: 'ignored',
    reason: /^Advisory 7 is now REL_PREP/,
  },
  {
    title: 'NULs in properties',
    body: json({ errata_id: 7, to: 'REL_PREP' }),
    more: { application_properties: { 'a\0b': 'c\0d' } },
    state: 'ignored',
    reason: /^Advisory 7 is now REL_PREP/,
  },
  {
    title: 'bytes that are not text',
    body: sections.data_section(Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])),
    state: 'failed',
    reason: /^The body is not valid JSON: /,
  },
  {
    title: 'an unknown topic',
    body: shipped(ADVISORY),
    topic: UNKNOWN_TOPIC,
    state: 'ignored',
    reason: /weather\.report$/,
  },
  {
    title: 'an unknown advisory',
    body: shipped(999_999),
    state: 'failed',
    reason: /^The Errata Tool does not know advisory 999999\.$/,
  },
  {
    title: 'the end of a task that no build waits for',
    body: json({ attribute: 'state', new: 'CLOSED', info: { id: 5, method: 'buildContainer' } }),
    topic: TASK_TOPIC,
    state: 'ignored',
    reason: /task 5\b/,
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
  rows = await waitForRows()
})

afterAll(async () => {
  await pipeline?.stop()
  await world?.stop()
})

it.each(INVALID)('the service stores $title in one row with the reason', ({ title, state, reason }) => {
  expect(rows.get(title)).toEqual([{ id: title, state, reason: expect.stringMatching(reason) }])
})

it('the service rebuilds the advisory that came after the invalid messages', async () => {
  const event = await pipeline.untilEnded(ADVISORY)
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  expect(await pipeline.ctx.db.fork().execute('select id from events')).toEqual([{ id: event.id }])
})

it('the service returns nothing to the broker and leaves its dead-letter queue empty', () => {
  expect(world.bus.depth(`queue://Consumer.freshwave.${STATUS_TOPIC}`)).toBe(0)
  expect(world.bus.depth('queue://DLQ')).toBe(0)
})

async function sendAll(): Promise<void> {
  const client = await connectClient(world.bus.url)
  for (const { title, body, topic = STATUS_TOPIC, more } of INVALID) {
    const message = { message_id: title, body, ...more }
    await client.send(`topic://${topic}`, [message])
  }
  await client.close()
}

/** The rows of the invalid messages, by the message id. */
async function waitForRows(): Promise<Map<string, Row[]>> {
  const names = INVALID.map(({ title }) => title)
  const sql = 'select message_id as id, state, reason from inbox where message_id = any(?) order by id'
  const query = () =>
    pipeline.ctx.db.fork().execute<Row[]>(sql, [`{${names.map((name) => `"${name}"`).join()}}`])
  const found = await eventually(query, (stored) => stored.every(({ state }) => state !== 'new'))
  return Map.groupBy(found, ({ id }) => id)
}
