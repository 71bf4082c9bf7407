/** A process whose log is not read any more, or cannot be written. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const LOG = new URL('../../../src/lib/log.ts', import.meta.url).href
const PROGRAM = `
  import { createLog } from '${LOG}'
  const log = createLog('info')
  process.stdin.once('data', () => {
    for (let n = 0; n < 1000; n += 1) log.info({ n }, 'a line')
    process.exit(3)
  })
  log.info('ready')`

/** Each line is written, or refused, before the next one. */
const WORKING = `
  import { setImmediate as turn } from 'node:timers/promises'
  import { fsync } from 'node:fs'
  import { createLog } from '${LOG}'
  const log = createLog('info')
  for (let n = 0; n < 3; n += 1) {
    log.info({ n }, 'a line')
    await new Promise((done) => fsync(1, done))
    await turn()
  }
  process.exit(3)`

it('a process whose log is no longer read ends as it would otherwise, silently', async () => {
  const program = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM])
  const [ended, errors] = [once(program, 'exit'), text(program.stderr)]
  await once(program.stdout, 'data')
  program.stdout.destroy()
  await once(program.stdout, 'close')
  program.stdin.write('go\n')
  expect(await ended).toEqual([3, null])
  expect(await errors).toBe('')
})

it('a process whose log is on a full disk continues', async () => {
  const full = openSync('/dev/full', 'w')
  const program = spawn(process.execPath, ['--input-type=module', '--eval', WORKING], {
    stdio: ['ignore', full, 'pipe'],
  })
  closeSync(full)
  const [ended, errors] = [once(program, 'exit'), text(program.stderr as Readable)]
  expect(await ended).toEqual([3, null])
  expect(await errors).toBe('')
})
