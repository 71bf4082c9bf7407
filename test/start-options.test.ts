/** Every way to start a process of the service keeps its memory for young objects small (decision 0068). */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROGRAMS } from './support/programs/service-process.ts'

const OPTION = '--max-semi-space-size=16'
const NAMES = ['web', 'ingest', 'worker'] as const
const read = (path: string) => readFileSync(path, 'utf8')
/** What follows `node` in these lines. */
const startedBy = (text: string, line: RegExp) => [...text.matchAll(line)].map(([, command]) => command)

it('the option is set by npm', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> } // npm reads it too
  for (const name of ['start', ...NAMES])
    expect(scripts[name]).toContain(`exec node ${OPTION} scripts/run.mjs `)
})

it('the option is set by the Procfile', () => {
  const commands = startedBy(read('Procfile'), new RegExp(`^(?:${NAMES.join('|')}): (.*)$`, 'gm'))
  expect(commands).toHaveLength(NAMES.length)
  for (const command of commands) expect(command).toMatch(new RegExp(`^node ${OPTION} scripts/run.mjs `))
})

it('the option is set by the image, which compose, quadlets and the chart start', () => {
  const [, service = ''] = read('deploy/Containerfile').split(' AS service')
  expect(startedBy(service, /^ENTRYPOINT (.*)$/gm)).toEqual([
    `["/usr/local/bin/node", "${OPTION}", "bin/program.mjs"]`,
  ])
})

it('the option is set by systemd', () => {
  expect(startedBy(read('deploy/systemd/freshwave@.service'), /^ExecStart=(.*)$/gm)).toEqual([
    `/usr/bin/env node ${OPTION} bin/program.mjs %i`,
  ])
})

it('the option is set in tests and benches', () => {
  for (const name of ['all', ...NAMES] as const) expect(PROGRAMS[name]).toContain(OPTION)
})
