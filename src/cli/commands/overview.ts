/** `freshwave report` and `freshwave top`: how the service is, in ten lines or live. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import { amount } from '../../domain/amount.ts'
import { createLiveLines } from '../../lib/terminal/live-lines.ts'
import { EXIT, endWithReader } from '../end.ts'
import { checked, pageSchema } from '../service/answers.ts'
import { CommandFailed } from '../service/client.ts'
import { addRemote, type Remote, remotely, type Shown } from '../service/remote.ts'
import { type Secondary, secondary } from '../service/secondary.ts'
import { type Column, cellText, drawTable } from '../text/table.ts'
import { QUEUE_COLUMNS } from './reports.ts'

type Page = z.infer<typeof pageSchema>

const LOOK_EVERY_MS = 2000
const SHOWN = 15

const healthSchema = z.object({
  status: z.string(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string(), ms: z.number() })),
  handlers_off: z.array(z.string()),
  silent: z.array(z.object({ kind: z.string(), detail: z.string() })).default([]),
  troubles: z.array(z.object({ service: z.string(), since: z.string(), detail: z.string() })),
})
const queuesSchema = z.looseObject({ queues: z.array(z.record(z.string(), z.unknown())) })

const EVENT: readonly Column[] = [
  ['EVENT', 'id'],
  ['ADVISORY', 'search_key'],
  ['STATE', 'state_name'],
  ['BUILDS', 'builds_summary.total'],
  ['DONE', 'builds_summary.DONE'],
  ['FAILED', 'builds_summary.FAILED'],
  ['CREATED', 'time_created'],
]
const BUILD: readonly Column[] = [
  ['BUILD', 'id'],
  ['EVENT', 'event_id'],
  ['IMAGE', 'original_nvr'],
  ['TASK', 'build_id'],
  ['PLANNED', 'time_submitted'],
]

/** Adds the commands to the program. */
export function addOverview(program: Command): void {
  addRemote(program, 'report', 'report the health of the service; exit code 5 unless it is ready').action(
    remotely(report),
  )
  addRemote(
    program,
    'top',
    'show running events, running builds and the queues; on a terminal live, until Ctrl-C',
  ).action(remotely(top))
}

async function report(remote: Remote): Promise<Shown> {
  const [health, { answer: counts, problem }] = await Promise.all([
    remote.service.health(),
    secondary(() => readCounts(remote)),
  ])
  const { status, ...rest } = checked(healthSchema, health)
  const lines = [
    `status       ${cellText(status)}`,
    ...Object.entries(rest.checks).map(
      ([name, { ok, detail, ms }]) =>
        `${name.padEnd(12)} ${ok ? 'ok' : 'NOT OK'}, ${cellText(detail)} (${ms} ms)`,
    ),
    line(
      'in trouble',
      rest.troubles.map(({ service, since, detail }) => `${service} since ${since}: ${detail}`),
    ),
    line(
      'silent',
      rest.silent.map(({ detail }) => detail),
    ),
    line('handlers off', rest.handlers_off),
    ...(counts
      ? [
          `events       ${counts.events} not ended`,
          `builds       ${counts.running} running, ${counts.planned} planned, ${counts.failed} failed in all`,
        ]
      : [`events       not known: ${cellText(problem)}`]),
  ]
  const code = status === 'ready' ? EXIT.done : EXIT.unhealthy
  return { answer: { health, counts }, lines, code }
}

function line(name: string, details: readonly string[]): string {
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : ''
  return `${name.padEnd(12)} ${details[0] === undefined ? 'none' : cellText(details[0])}${more}`
}

async function readCounts({ service }: Remote) {
  const total = async (path: string, state: string[]) =>
    checked(pageSchema, await service.get(path, { state, per_page: 1 })).meta.total
  const [events, running, planned, failed] = await Promise.all([
    total('/api/2/events/', ['INITIALIZED', 'BUILDING']),
    total('/api/2/builds/', ['BUILD']),
    total('/api/2/builds/', ['PLANNED']),
    total('/api/2/builds/', ['FAILED']),
  ])
  return { events, running, planned, failed }
}

/** Where lines cannot be redrawn, or with `--json`, it shows the present state once. */
async function top(remote: Remote): Promise<Shown> {
  if (!remote.isLive || remote.json) return readTop(remote)
  endWithReader()
  const show = createLiveLines(process.stdout)
  for (;;) {
    show(await topLines(remote))
    await sleep(LOOK_EVERY_MS)
  }
}

/** A service that is restarted is back soon: until then the view shows that it is down. */
async function topLines(remote: Remote): Promise<readonly string[]> {
  try {
    return (await readTop(remote)).lines
  } catch (error) {
    if (error instanceof CommandFailed && error.mayPass) return [cellText(error.message)]
    throw error
  }
}

async function readTop(remote: Remote): Promise<Shown> {
  const { service, style, width } = remote
  const [health, events, builds, queues] = await Promise.all([
    service.health(),
    secondary(() => readPage(service, '/api/2/events/', ['INITIALIZED', 'BUILDING'])),
    secondary(() => readPage(service, '/api/2/builds/', ['BUILD'])),
    secondary(async () => checked(queuesSchema, await service.get('/api/2/queues'))),
  ])
  const { status, silent, troubles } = checked(healthSchema, health)
  const wrong = [
    ...troubles.map(({ service: name, detail }) => `${name}: ${detail}`),
    ...silent.map(({ detail }) => detail),
  ]
  const lines = [
    style.bold(
      `Freshwave is ${cellText(status)}: ${totalText(events.answer, 'event')} and ${totalText(builds.answer, 'build')} running`,
    ),
    ...wrong.map(cellText),
    '',
    ...part(events, ({ items }) => drawTable(EVENT, items, style, width)),
    '',
    ...part(builds, ({ items }) => drawTable(BUILD, items, style, width)),
    '',
    ...part(queues, (found) => drawTable(QUEUE_COLUMNS, found.queues, style, width)),
  ]
  const answer = { health, events: events.answer, builds: builds.answer, queues: queues.answer }
  return { answer, lines }
}

async function readPage(service: Remote['service'], path: string, state: string[]): Promise<Page> {
  return checked(pageSchema, await service.get(path, { state, per_page: SHOWN }))
}

const totalText = (page: Page | null, one: string) =>
  page ? amount(page.meta.total, one) : `an unknown number of ${one}s`

/** A part that cannot be fetched does not keep the rest from being shown: only operators may see the queues. */
function part<T>(
  { answer, problem }: Secondary<T>,
  draw: (answer: T) => readonly string[],
): readonly string[] {
  return answer === null ? [`not shown: ${cellText(problem)}`] : draw(answer)
}
