#!/usr/bin/env node
// `npm run audit:packages`: known vulnerabilities of the packages, and whether the registry has signed each. A registry
// without signatures or without a list of vulnerabilities is reported and does not fail the run: mirrors often have neither.
import { spawnSync } from 'node:child_process'
import { oneFormOfArguments } from './arguments.mjs'

const CHECKS = [
  {
    name: 'signatures',
    args: ['audit', 'signatures', '--no-color'],
    failed: /(invalid|missing) (registry signature|attestation)/,
  },
  {
    name: 'known vulnerabilities',
    args: ['audit', '--audit-level=high', '--omit=dev', '--no-color'],
    failed: /\d+ (\w+ severity )?vulnerabilit/, // also "3 vulnerabilities (1 low, 2 high)"
  },
]

oneFormOfArguments('npm run audit:packages', [''])
let passed = true
for (const { name, args, failed } of CHECKS) {
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  const output = `${stdout}${stderr}`.trim()
  const found = status !== 0 && failed.test(output)
  console.log(`== ${name}: ${verdictOf(status, found)}\n${output}\n`)
  if (found) passed = false
}
process.exit(passed ? 0 : 1)

function verdictOf(status, found) {
  if (status === 0) return 'passed'
  return found ? 'FAILED' : 'the registry does not offer them'
}
