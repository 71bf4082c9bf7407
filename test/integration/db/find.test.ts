/** Checks what DATABASE_URL may lead to: PostgreSQL, but not a pooler whose clients share sessions. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { findDatabase } from '../../../src/db/find.ts'
import { createLog } from '../../../src/lib/log.ts'
import { sharedServer } from '../../support/database/database.ts'

const find = (DATABASE_URL: string) =>
  findDatabase(
    { env: readEnvironment({ DATABASE_URL }), file: parseSettings('start_patience_s: 0', 'test settings') },
    createLog('silent'),
  )

/** A message of the protocol of PostgreSQL. */
function frame(type: string, ...parts: (Buffer | string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (Buffer.isBuffer(part)) return part
      if (typeof part === 'string') return Buffer.from(`${part}\0`)
      const number = Buffer.alloc(4)
      number.writeInt32BE(part)
      return number
    }),
  )
  const head = Buffer.from(`${type}\0\0\0\0`)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const READY = frame('Z', Buffer.from('I'))
/** One row with the pid of the session that all clients share. */
const SHARED = Buffer.concat([
  frame('T', Buffer.from([0, 1]), 'pid', 0, Buffer.alloc(2), 23, Buffer.from([0, 4]), -1, Buffer.alloc(2)),
  frame('D', Buffer.from([0, 1]), 2, Buffer.from('42')),
  frame('C', 'SELECT 1'),
  READY,
])

/** A server whose clients all use one session. */
async function startPooler(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let isOpen = false
    socket.on('data', (data) => {
      if (!isOpen) socket.write(Buffer.concat([frame('R', 0), READY]))
      else if (data.toString('latin1', 0, 1) === 'Q') socket.write(SHARED)
      else socket.end()
      isOpen = true
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `postgres://me:x@127.0.0.1:${(server.address() as AddressInfo).port}/db?sslmode=disable` // it listens on a port
}

it('the start accepts PostgreSQL', async () => {
  const { url } = await sharedServer()
  expect(await find(url)).toMatchObject({ url })
})

it('the start refuses a pooler in transaction mode at once', async () => {
  const url = await startPooler()
  await expect(find(url)).rejects.toThrow(
    /^DATABASE_URL: PostgreSQL at \S+ cannot be used: it is a pooler in transaction mode; set PostgreSQL itself, /,
  )
})
