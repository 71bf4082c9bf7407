/** Checks, in a process of its own, that nothing is printed between the lines of the log. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('what libraries and Node print becomes lines of the log, shortened and without passwords', () => {
  const script = `
    const { createLog } = await import('./src/lib/log.ts')
    const { logLibraryWarnings } = await import('./src/lib/library-warnings.ts')
    logLibraryWarnings(createLog('info'))
    process.emitWarning('old', 'DeprecationWarning', 'DEP1')
    console.warn('section %j at %s', { code: 1 }, 'amqp://me:hunter2@host')
    console.error(new Error('first line\\nsecond line').message)
    console.info('x'.repeat(20_000))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): { msg: string; level: number; text: string } => JSON.parse(line))
  expect(stderr).toBe('')
  expect(lines.map(({ msg, level }) => [msg, level])).toEqual(Array(4).fill(['library warning', 40]))
  expect(lines.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'DeprecationWarning: old',
      'section {"code":1} at amqp://me:***@host',
      'first line\nsecond line',
      expect.stringMatching(/^x{5000}\n\[characters left out: 10000\]\nx{5000}$/),
    ]),
  )
})
