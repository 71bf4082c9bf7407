/** `freshwave event`, `build` and `why`: one thing in full. */
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { checked } from '../service/answers.ts'
import { addRemote, id, type Remote, remotely, type Shown } from '../service/remote.ts'
import { secondary } from '../service/secondary.ts'
import { drawEvent, eventSchema } from '../text/event-text.ts'
import { forecastLines, forecastSchema } from '../text/forecast-text.ts'
import { type Column, cellText, drawItem, drawTable } from '../text/table.ts'
import { followEvent } from './follow.ts'

const BUILD: readonly Column[] = [
  ['Build', 'id'],
  ['State', 'state_name'],
  ['Reason', 'state_reason'],
  ['Image', 'original_nvr'],
  ['Rebuilt as', 'rebuilt_nvr'],
  ['Event', 'event_id'],
  ['Waits for', 'dep_on'],
  ['Task', 'build_id'],
  ['Why', 'rebuild_reason'],
  ['Composes', 'odcs_composes'],
  ['Planned', 'time_submitted'],
  ['Completed', 'time_completed'],
  ['Arguments', 'build_args'],
]
const ATTEMPT: readonly Column[] = [
  ['TASK', 'task'],
  ['BUILD AFTER', 'state'],
  ['BEGAN', 'began'],
  ['ENDED', 'ended'],
  ['DETAIL', 'detail'],
  ['URL', 'url'],
]
const REASON: readonly Column[] = [
  ['IMAGE', 'nvr'],
  ['OUTCOME', 'outcome'],
  ['BUILD', 'build.state_name'],
  ['RULE', 'rule'],
  ['REASON', 'reason'],
  ['BUILD REASON', 'build.state_reason'],
]
const STANDING: readonly Column[] = [
  ['BUILD', 'build_id'],
  ['IMAGE', 'name'],
  ['STATE', 'state_name'],
  ['WAITS FOR', 'kind'],
  ['WHY', 'sentence'],
]

const record = z.record(z.string(), z.unknown())
const buildSchema = z.looseObject({ id: z.number(), tries: z.array(record).default([]) })
const whySchema = z.object({
  items: z.array(record),
  meta: z.object({ total: z.number(), pages: z.number() }),
  builds: z.array(record).default([]),
  waiting: z.array(z.looseObject({ reason: z.string(), next_attempt: z.string() })),
})

/** Adds the commands to the program. */
export function addEvent(program: Command): void {
  addRemote(program, 'event', 'show an event with its builds as a tree')
    .argument('<event>', 'id of the event', id)
    .option('--watch', 'follow it until it ends; on a terminal the tree is drawn live')
    .action(
      remotely((remote, eventId: number, { watch }: { watch?: boolean }) =>
        watch ? followEvent(remote, eventId) : showEvent(remote, eventId),
      ),
    )
  addRemote(program, 'build', 'show a build with its tries')
    .argument('<build>', 'id of the build', id)
    .action(remotely(showBuild))
  addRemote(program, 'why', 'show why each image of an event is rebuilt or not, and what its work waits for')
    .argument('<event>', 'id of the event', id)
    .option('--image <nvr>', 'only this image')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(['rebuild', 'not-rebuilt']))
    .option('--page <number>', 'page', id)
    .option('--per-page <number>', 'items on a page', id, 100)
    .action(remotely(showWhy))
}

async function showEvent({ service, style }: Remote, eventId: number): Promise<Shown> {
  const answer = await service.get(`/api/1/events/${eventId}`)
  const event = checked(eventSchema, answer)
  const lines = drawEvent(event, style)
  if (event.state_name !== 'BUILDING') return { answer, lines }
  const { answer: found, problem } = await secondary(async () =>
    checked(forecastSchema, await service.get(`/api/2/events/${eventId}/forecast`)),
  )
  const forecast = found ? forecastLines(found) : [`no forecast: ${cellText(problem)}`]
  return { answer, lines: [...lines, ...forecast] }
}

async function showBuild({ service, style, width }: Remote, buildId: number): Promise<Shown> {
  const answer = await service.get(`/api/2/builds/${buildId}`)
  const build = checked(buildSchema, answer)
  const attempts = build.tries.length > 0 ? ['', ...drawTable(ATTEMPT, build.tries, style, width)] : []
  return { answer, lines: [...drawItem(BUILD, build, style), ...attempts] }
}

type WhyOptions = { image?: string; outcome?: string; page?: number; perPage: number }

async function showWhy(
  { service, style, width }: Remote,
  eventId: number,
  options: WhyOptions,
): Promise<Shown> {
  const { image, outcome, page, perPage } = options
  const answer = await service.get(`/api/2/events/${eventId}/why`, {
    image,
    outcome,
    page,
    per_page: perPage,
  })
  const { items, meta, builds, waiting } = checked(whySchema, answer)
  return {
    answer,
    lines: [
      ...drawTable(REASON, items, style, width),
      `${items.length} of ${meta.total}`,
      ...(builds.length > 0 ? ['', ...drawTable(STANDING, builds, style, width), ''] : []),
      ...waiting.map((wait) => `${cellText(wait.reason)} (next attempt ${cellText(wait.next_attempt)})`),
    ],
  }
}
