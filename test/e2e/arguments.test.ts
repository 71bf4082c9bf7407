/** Programs refuse arguments that they do not have, before they do anything. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { startProgram } from '../support/programs/service-process.ts'

/** A program that went on would report this instead. */
const env = { DATABASE_URL: 'not an address' }

it.each([
  ['all', '--only', /^npm start takes no arguments, but got '--only'/],
  ['ingest', '--help', /^npm run ingest takes no arguments/],
  ['worker', '--dry-run', /^npm run worker takes no arguments, but got '--dry-run'/],
  ['migrate', '--help', /^npm run migrate takes no arguments/],
  ['web', '--help', /^Usage: npm run web/],
  ['replay', '--help', /^Usage: npm run replay \[-- ID \.\.\.\]$/m],
] as const)('%s %s', async (program, argument, says) => {
  const { code, output } = await startProgram(program, env, [argument]).ended()
  expect(output).toMatch(says)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})

it('the book is not written into a folder with the name of an option', () => {
  const args = ['scripts/run.mjs', 'scripts/book.ts', '--help']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'Usage: npm run book [-- FOLDER]\n' })
  expect(existsSync('--help')).toBe(false)
})
