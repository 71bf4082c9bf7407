/** `freshwave plan`: what its arguments must not say together is refused before anything is sent, in their own names. */
import { expect, it } from 'vitest'
import { runCommand } from '../../support/programs/command-line.ts'
import { DEAD_URL } from '../../support/servers/http-server.ts'

it.each<[args: string[], problem: string]>([
  [[], 'plan: give the id of an advisory, or --rpm.'],
  [['--impact', 'critical'], 'plan: give the id of an advisory, or --rpm.'],
  [['1', '--rpm', 'a-1-1'], 'plan: give either the id of an advisory or --rpm, not both.'],
  [['1', '--content-set', 'a'], 'plan: --content-set is only for --rpm; the advisory has its own.'],
  [['1', '--advisory-name', 'a'], 'plan: --advisory-name is only for --rpm; the advisory has its own.'],
  [['1', '--product', 'a'], 'plan: --product is only for --rpm; the advisory has its own.'],
  [['1', '--impact', 'low'], 'plan: --impact is only for --rpm; the advisory has its own.'],
])('plan %j', async (args, problem) => {
  const run = await runCommand(['plan', ...args, '--url', DEAD_URL])
  expect(run).toEqual({ code: 2, out: '', err: `${problem}\n` })
})

it('plan --rpm with something that is not an NVR', async () => {
  const { code, err } = await runCommand(['plan', '--rpm', 'openssl', '--url', DEAD_URL])
  expect([code, err]).toEqual([2, expect.stringMatching(/^plan: --rpm: .*openssl/)])
})
