/** The end of a process whose log is not read any more. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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

it('a process ends as it would otherwise, without a word', async () => {
  const program = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM])
  const [ended, errors] = [once(program, 'exit'), text(program.stderr)]
  await once(program.stdout, 'data')
  program.stdout.destroy()
  await once(program.stdout, 'close')
  program.stdin.write('go\n')
  expect(await ended).toEqual([3, null])
  expect(await errors).toBe('')
})
