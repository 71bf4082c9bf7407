/** Policies that demand one test of a build in the first decision context, and two in the second; and their summaries. */
import { policyYaml, test } from './builders.ts'

export const TWO_CONTEXTS = [
  policyYaml('one', [test('t1')], { decision_context: 'c1' }),
  policyYaml('two', [test('t1'), test('t2')], { decision_context: 'c2' }),
].join('')

/** The summaries in the first context. */
export const NONE1 = 'Of 1 required test, 1 result missing'
export const ALL1 = 'All required tests (1 total) have passed or been waived'

/** The summaries in the second context. */
export const NONE2 = 'Of 2 required tests, 2 results missing'
export const ONE2 = 'Of 2 required tests, 1 result missing'
export const ALL2 = 'All required tests (2 total) have passed or been waived'
