/** Sources of an import that cannot be read, or that Freshmaker still writes to. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../../../src/clients/freshmaker/source.ts'
import { createFreshmaker, FRESHMAKER_KINDS } from '../../../support/database/freshmaker-database.ts'
import { emptyFreshmaker, importFrom, target } from '../../../support/database/imports.ts'

/** Locks the file, and gives it back after a while: the reader keeps its own thread busy meanwhile. */
const LOCKING = `
  const { DatabaseSync } = require('node:sqlite')
  const { parentPort, workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData)
  database.exec('begin exclusive')
  parentPort.postMessage('locked')
  setTimeout(() => database.exec('commit'), 300)`

describe.each(FRESHMAKER_KINDS)('a Freshmaker in %s', (kind) => {
  const freshmaker = () => emptyFreshmaker(kind)

  it('must be a database of Freshmaker', async () => {
    const from = await freshmaker()
    await from.run('drop table events')
    const to = await target()
    await expect(importFrom(from, to)).rejects.toThrow(/^--from: .* cannot be read: .*\bevents\b/)
  })
})

describe('a source', () => {
  it.each([
    [
      'postgres://freshmaker:secret@127.0.0.1:1/freshmaker',
      /^--from: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/freshmaker cannot be read: .*ECONNREFUSED/,
    ],
    [
      'postgresql+psycopg2://freshmaker:secret@127.0.0.1:1/x',
      /^--from: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/x cannot be read/,
    ],
    ['postgres://:secret@', /^--from: is not a valid address/],
    ['mysql://freshmaker:secret@host/x', /^--from: expected postgres:/],
    [
      '/nowhere/freshmaker.sqlite',
      /^--from: the SQLite file \/nowhere\/freshmaker\.sqlite cannot be read: unable to open/,
    ],
    [
      'sqlite:////nowhere/freshmaker.sqlite',
      /^--from: the SQLite file \/nowhere\/freshmaker\.sqlite cannot be read/,
    ],
    ['package.json', /^--from: the SQLite file package\.json cannot be read: file is not a database/],
  ])('that cannot be used is named without its secrets: %s', async (from, message) => {
    const opened = openSource(from).then((source) => source.read('select 1 from events'))
    await expect(opened).rejects.toThrow(message)
    await expect(opened).rejects.not.toThrow(/secret/)
  })

  it('in SQLite is waited for while Freshmaker writes to it', async () => {
    const from = await createFreshmaker('sqlite')
    onTestFinished(from.drop)
    await from.insert({ users: [{ id: 1, username: 'root' }] })
    const writer = new Worker(LOCKING, { eval: true, workerData: from.from })
    onTestFinished(async () => void (await writer.terminate()))
    await once(writer, 'message')
    const source = await openSource(from.from)
    onTestFinished(source.close)
    expect(await source.read('select username from users')).toEqual([{ username: 'root' }])
  })
})
