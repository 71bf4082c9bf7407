/** The intake from each kind of broker: nothing lost, nothing twice, whatever fails or arrives. */
import rhea, { type Message } from 'rhea'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectClient } from '../../support/bus/amqp-client.ts'
import { BROKERS, type TestBroker } from '../../support/bus/bus.ts'
import { type IngestWorld, openIngestWorld } from '../../support/bus/ingest.ts'
import { leftOver } from '../../support/bus/left-over.ts'
import {
  STATUS_TOPIC,
  statusBody,
  statusMessage,
  taskBody,
  taskProperties,
} from '../../support/bus/messages.ts'
import { eventually } from '../../support/eventually.ts'

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)

afterAll(() => vi.restoreAllMocks())

describe.each(BROKERS)('ingest from $name', ({ open }) => {
  let broker: TestBroker
  let world: IngestWorld
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined)

  beforeAll(async () => {
    broker = await open()
  })
  afterAll(async () => {
    await broker.stop()
  })
  beforeEach(async () => {
    complaints.mockClear()
    world = await openIngestWorld({ AMQP_URL: broker.url, AMQP_SOURCES: broker.source })
  })
  afterEach(async () => {
    await world.close()
    // A test may end between storing and accepting: then its last messages are redelivered.
    await leftOver(broker, 'source')
    // rhea prints a line for each delivery beyond the credit it granted.
    expect(complaints.mock.calls.flat()).toEqual([])
  })

  const send = async (messages: Message[], topic = STATUS_TOPIC) => {
    const client = await connectClient(broker.url)
    await client.send(broker.topic(topic), messages)
    await client.close()
  }
  const stored = (count: number) =>
    eventually(
      () => world.count(),
      (n) => n >= count,
    )
  const received = (count: number) =>
    eventually(
      () => world.received(),
      (n) => n >= count,
    )
  /** What the broker still holds for us once what has arrived is stored and accepted. */
  const stopAndTakeRest = async () => {
    await world.stop()
    return leftOver(broker, 'source')
  }

  it('stores 5,000 messages once each, in the order they were sent, with a job for each', async () => {
    await send(numbers(5000).map((id) => statusMessage(id)))
    await world.start()
    await stored(5000)
    expect(await stopAndTakeRest()).toEqual([])
    const rows = await world.rows<{ message_id: string; meaning: unknown }>(
      'select message_id, meaning from inbox order by id',
    )
    expect(rows.map((row) => row.message_id)).toEqual(numbers(5000).map((id) => `ID:${id}`))
    expect(rows[41]?.meaning).toEqual({
      kind: 'advisory-shipped',
      errataId: 42,
      fulladvisory: 'RHSA-2026:42-01',
    })
    expect(await world.ctx.queues.byName.intake.getJobCountByTypes('waiting')).toBe(5000)
  })

  it('loses nothing when the broker is killed in the middle', async () => {
    await send(numbers(3000).map((id) => statusMessage(id)))
    await world.start()
    await stored(500)
    await broker.kill()
    expect(await world.count()).toBeLessThan(3000)
    await broker.start()
    await stored(3000)
    expect(await stopAndTakeRest()).toEqual([])
    expect(await world.count()).toBe(3000)
  })

  it('loses nothing and accepts nothing early while the database is down', async () => {
    await world.start()
    await send(numbers(200).map((id) => statusMessage(id)))
    await stored(200)
    world.line.cut()
    await send(numbers(800, 1001).map((id) => statusMessage(id)))
    await received(201)
    expect(await world.count()).toBe(200)
    world.line.restore()
    await stored(1000)
    expect(await stopAndTakeRest()).toEqual([])
    expect(await world.count()).toBe(1000)
    // They were held, not released in the meantime: each was delivered once.
    expect(await world.received()).toBe(1000)
  })

  it('releases what it has not stored when it is stopped while the database is down', async () => {
    const ingest = await world.start()
    world.line.cut()
    await send(numbers(50).map((id) => statusMessage(id)))
    await received(50)
    await ingest.stop()
    const back = await leftOver(broker, 'source')
    expect(new Set(back.map((message) => message.message_id))).toEqual(
      new Set(numbers(50).map((id) => `ID:${id}`)),
    )
    expect(await world.count()).toBe(0)
  })

  it('stores a message once, however often and over however many connections it arrives', async () => {
    await Promise.all([world.start(), world.start(), world.start()])
    const batch = numbers(500).map((id) => statusMessage(id))
    await Promise.all([send(batch), send(batch), send([...batch].reverse())])
    expect(await received(1500)).toBe(1500)
    await stored(500)
    // A stop releases the copies that are not being stored.
    expect((await stopAndTakeRest()).length).toBeLessThanOrEqual(1000)
    expect(await world.count()).toBe(500)
  })

  it('stores garbage as failed or ignored with the reason, and continues behind it', async () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 'x')
    const to = `topic://${STATUS_TOPIC}`
    const rubbish: Message[] = [
      { message_id: 'no-json', to, durable: true, body: 'certainly no JSON' },
      { message_id: 'wrong-types', to, durable: true, body: JSON.stringify({ errata_id: 'x', to: 7 }) },
      { message_id: 'too-big', to, durable: true, body: rhea.message.data_section(big) },
      { message_id: 'nul\0id', to, durable: true, body: '{"errata_id":1,\0' },
      {
        message_id: 'nul-inside',
        to,
        durable: true,
        body: JSON.stringify({ ...statusBody(5), fulladvisory: 'RHSA\0\ud800' }),
        application_properties: { 'na\0me': 'val\0ue' },
      },
      {
        message_id: 'unknown',
        to: 'topic://VirtualTopic.eng.errata.builds.added',
        durable: true,
        body: '{}',
      },
      { message_id: 'not-shipped', to, durable: true, body: JSON.stringify(statusBody(6, 'QE')) },
      { message_id: 'nothing', to, durable: true, body: null },
      { message_id: 'x'.repeat(300), to, durable: true, body: JSON.stringify(statusBody(7)) },
    ]
    await send(rubbish)
    await send([statusMessage(99)])
    await world.start()
    await stored(10)
    const rows = await world.rows<{ message_id: string; state: string; reason: string | null }>(
      'select message_id, state, reason from inbox order by id',
    )
    expect(rows.map(({ message_id, state, reason }) => [message_id, state, reason])).toEqual([
      ['no-json', 'failed', expect.stringContaining('The body is not valid JSON')],
      [
        'wrong-types',
        'failed',
        expect.stringMatching(/errata_id: .*expected number.*; to: .*expected string/),
      ],
      ['too-big', 'failed', 'The body has 5242880 bytes, max_message_bytes is 2097152.'],
      ['nul\ufffdid', 'failed', expect.stringContaining('The body is not valid JSON')],
      ['nul-inside', 'new', null],
      ['unknown', 'ignored', 'No parser for topic topic://VirtualTopic.eng.errata.builds.added'],
      ['not-shipped', 'ignored', 'Advisory 6 is now QE, not SHIPPED_LIVE.'],
      ['nothing', 'failed', expect.stringContaining('errata_id: ')],
      [expect.stringMatching(/^sha256-[0-9a-f]{64}$/), 'new', null],
      ['ID:99', 'new', null],
    ])
    const [kept] = await world.rows<{ size: number }>(
      "select length(body) as size from inbox where message_id = 'too-big'",
    )
    expect(kept?.size).toBe(big.length)
    const [nul] = await world.rows("select properties, meaning from inbox where message_id = 'nul-inside'")
    expect(nul).toMatchObject({
      properties: { 'na\ufffdme': 'val\ufffdue' },
      meaning: { fulladvisory: 'RHSA\ufffd\ufffd' },
    })
  })

  it('stores a wrapped message once under the id of its sender, however often a gateway sends it', async () => {
    const wrapped = (amqpId: string): Message => ({
      ...statusMessage(7),
      message_id: amqpId,
      body: JSON.stringify({ topic: STATUS_TOPIC, msg_id: 'ID:sender-7', msg: statusBody(7) }),
    })
    await send([wrapped('gateway-1'), wrapped('gateway-2'), statusMessage(8)])
    await world.start()
    await received(3)
    await stored(2)
    expect(await stopAndTakeRest()).toEqual([])
    expect(await world.rows('select message_id from inbox order by id')).toEqual([
      { message_id: 'ID:sender-7' },
      { message_id: 'ID:8' },
    ])
  })

  it('derives a missing message id from the content, so that duplicates are still recognized', async () => {
    const message = (id: number): Message => ({
      to: 'topic://VirtualTopic.eng.brew.task.closed',
      durable: true,
      body: JSON.stringify(taskBody(id, 'CLOSED')),
      application_properties: taskProperties(id, 'CLOSED'),
    })
    await send([message(1), message(2), message(1)], 'VirtualTopic.eng.brew.task.closed')
    await world.start()
    await stored(2)
    await received(3)
    expect((await stopAndTakeRest()).length).toBeLessThanOrEqual(1)
    expect(await world.count()).toBe(2)
    const rows = await world.rows<{ message_id: string; meaning: unknown }>('select * from inbox order by id')
    expect(rows.map((row) => row.meaning)).toEqual([
      { kind: 'task-ended', taskId: 1, state: 'CLOSED' },
      { kind: 'task-ended', taskId: 2, state: 'CLOSED' },
    ])
  })

  it('stores a message that the database refuses without its invalid parts, and the others unchanged', async () => {
    await world.rows("alter table inbox add constraint picky check (properties ->> 'poison' is null)")
    const poison = { ...statusMessage(2), application_properties: { poison: 'yes' } }
    await send([statusMessage(1), poison, statusMessage(3)])
    await world.start()
    await stored(3)
    const rows = await world.rows<{ message_id: string; state: string; reason: string | null }>(
      'select message_id, state, reason from inbox order by id',
    )
    expect(rows.map(({ message_id, state, reason }) => [message_id, state, reason])).toEqual([
      ['ID:1', 'new', null],
      ['ID:2', 'failed', expect.stringMatching(/could not be stored unchanged .*picky/s)],
      ['ID:3', 'new', null],
    ])
  })
})
