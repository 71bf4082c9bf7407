/** The ingest program as a process: start, settings, receiving and orderly end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBus } from '../../../lab/bus/start.ts'
import { STATUS_TOPIC, statusBody } from '../../support/bus/messages.ts'
import { createDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'

describe('the program that receives messages', () => {
  let database: string
  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(async () => {
    await dropDatabase(database)
  })

  const run = (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['src/ingest/main.ts'], {
      env: { PATH: process.env.PATH, DATABASE_URL: database, ...env },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const ended = once(child, 'exit').then(([code]) => code as number | null)
    const says = (text: string) =>
      eventually(
        () => output,
        (printed) => printed.includes(text),
      )
    return { says, ended, output: () => output, stop: () => child.kill('SIGTERM') }
  }

  it('keeps running without a bus, logs that, and ends on SIGTERM', async () => {
    const ingest = run({})
    await ingest.says('AMQP_URL is not set, no messages will be received')
    await ingest.says('"ready"')
    ingest.stop()
    expect(await ingest.ended).toBe(0)
  })

  it('logs that there is a bus but no source to receive from', async () => {
    const ingest = run({ AMQP_URL: 'amqp://127.0.0.1:1' })
    await ingest.says('AMQP_SOURCES is not set, no messages will be received')
    ingest.stop()
    expect(await ingest.ended).toBe(0)
  })

  it('exits with code 2 and every problem when the settings are invalid', async () => {
    const wrong = run({ AMQP_URL: 'http://example.com', AMQP_CERT: '/a' })
    expect(await wrong.ended).toBe(2)
    expect(wrong.output()).toMatch(/AMQP_URL.*must be amqp:.*AMQP_CERT and AMQP_KEY: set both or neither\n$/s)
    const missing = run({
      AMQP_URL: 'amqps://127.0.0.1:1',
      AMQP_SOURCES: 'q',
      AMQP_CERT: '/a.crt',
      AMQP_KEY: '/a.key',
    })
    expect(await missing.ended).toBe(2)
    expect(missing.output()).toMatch(/AMQP_CERT: ENOENT.*\n.*AMQP_KEY: ENOENT/)
  })

  it('accepts what it has received and stored before it ends', async () => {
    const bus = await startBus()
    const queue = 'Consumer.freshwave.VirtualTopic.eng.>'
    const ingest = run({ AMQP_URL: bus.url.replace('//', '//me:secret@'), AMQP_SOURCES: `queue://${queue}` })
    await ingest.says('"receiving"')
    for (let id = 1; id <= 500; id++) bus.publish(STATUS_TOPIC, statusBody(id))
    await eventually(
      () => bus.depth(queue),
      (depth) => depth === 0,
    )
    ingest.stop()
    expect(await ingest.ended).toBe(0)
    expect(ingest.output()).not.toContain('secret')
    await bus.stop()
  })
})
