#!/usr/bin/env node
// `npm run audit:packages`: known faults of the packages, and whether the registry has signed each. A registry that offers no
// signatures or no list of faults is reported and does not fail the run: mirrors often have neither.
import { spawnSync } from 'node:child_process'
import { oneFormOfArguments } from './arguments.mjs'

const CHECKS = [
  {
    name: 'signatures',
    args: ['audit', 'signatures', '--no-color'],
    failed: /(invalid|missing) (registry signature|attestation)/,
  },
  {
    name: 'known faults',
    args: ['audit', '--audit-level=high', '--omit=dev', '--no-color'],
    failed: /\d+ (\w+ severity )?vulnerabilit/, // "3 vulnerabilities (1 low, 2 high)" where they differ
  },
]

oneFormOfArguments('npm run audit:packages', [''])
let isWell = true
for (const { name, args, failed } of CHECKS) {
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  const output = `${stdout}${stderr}`.trim()
  const found = status !== 0 && failed.test(output)
  const verdict = status === 0 ? 'well' : found ? 'FAILED' : 'the registry does not offer them'
  console.log(`== ${name}: ${verdict}\n${output}\n`)
  if (found) isWell = false
}
process.exit(isWell ? 0 : 1)
