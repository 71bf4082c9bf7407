/** Programs refuse arguments that they do not have, before they do anything. */
import { expect, it } from 'vitest'
import { startProgram } from '../support/programs/service-process.ts'

/** A program that went on would report this instead. */
const env = { DATABASE_URL: 'not an address' }

it.each([
  ['all', '--only', /^npm start takes no arguments, such as '--only'/],
  ['ingest', '--help', /^npm run ingest takes no arguments/],
  ['worker', '--dry-run', /^npm run worker takes no arguments, such as '--dry-run'/],
  ['migrate', '--help', /^npm run migrate takes no arguments/],
  ['web', '--help', /^Usage: npm run web/],
  ['replay', '--help', /^Usage: npm run replay \[-- ID \.\.\.\]$/m],
] as const)('%s %s', async (program, argument, says) => {
  const { code, output } = await startProgram(program, env, [argument]).ended()
  expect(output).toMatch(says)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})
