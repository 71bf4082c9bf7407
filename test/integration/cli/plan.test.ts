/** `freshwave plan`: combinations of arguments that exclude each other are refused before anything is sent, with their own names. */
import { expect, it } from 'vitest'
import { runCommand } from '../../support/programs/command-line.ts'
import { DEAD_URL, sendJson, serve } from '../../support/servers/http-server.ts'

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

const nothing = (handler: string | null, skipped: string) => ({
  handler,
  skipped,
  builds: [],
  not_rebuilt: [],
  critical_path_seconds: 0,
  total_seconds: 0,
  forecast: { builder_minutes: 0, p50_minutes: 0, p90_minutes: 0 },
})

it.each([[[]], [['--json']]])(
  'plan %j of an unknown advisory ends as rebuild of one does',
  async (options) => {
    const unknown = 'The Errata Tool does not know advisory 999.'
    const { url } = await serve(({ url: path }, response) =>
      path === '/api/2/plans'
        ? sendJson(response, nothing(null, unknown))
        : sendJson(response, { error: 'Bad Request', status: 400, message: unknown }, 400),
    )
    const ended = { code: 1, out: '', err: `${unknown}\n` }
    expect(await runCommand(['plan', '999', ...options, '--url', url])).toEqual(ended)
    expect(await runCommand(['rebuild', '999', ...options, '--url', url])).toEqual(ended)
  },
)

it('plan of an advisory that rebuilds nothing is done, with the reason', async () => {
  const reason = 'No container images to rebuild for advisory 7'
  const { url } = await serve((_request, response) =>
    sendJson(response, nothing('RebuildImagesOnRPMAdvisoryChange', reason)),
  )
  const { code, out } = await runCommand(['plan', '7', '--url', url])
  expect([code, out]).toEqual([0, expect.stringContaining(reason)])
})
