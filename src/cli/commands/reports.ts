/** `freshwave plan`, `verify`, `queues`, `advisories`: what would happen, what can be rebuilt, what waits, what was missed. */

import type { Command } from 'commander'
import { z } from 'zod'
import { amount } from '../../domain/amount.ts'
import { problemOfRpmNvr } from '../../domain/rebuild/plan/what-if.ts'
import { EXIT } from '../end.ts'
import { checked } from '../service/answers.ts'
import { CommandFailed } from '../service/client.ts'
import { addRemote, id, listed, type Remote, remotely, type Shown } from '../service/remote.ts'
import { type Column, cellText, drawTable } from '../text/table.ts'

const record = z.record(z.string(), z.unknown())
const records = z.array(record)

const planSchema = z.looseObject({
  handler: z.string().nullish(),
  builds: records,
  not_rebuilt: records,
  skipped: z.string().nullable(),
  critical_path_seconds: z.number(),
  total_seconds: z.number(),
  forecast: z.object({ builder_minutes: z.number(), p50_minutes: z.number(), p90_minutes: z.number() }),
})
const queuesSchema = z.object({ queues: records, waits: records, troubles: records })
const verifiedSchema = z.looseObject({ msg: z.string(), images: z.record(z.string(), z.unknown()) })
const missedSchema = z.looseObject({ items: records, searched: z.number(), complete: z.boolean() })

const PLANNED: readonly Column[] = [
  ['#', 'order'],
  ['IMAGE', 'original_nvr'],
  ['STATE', 'state_name'],
  ['SECONDS', 'expected_seconds'],
  ['AFTER', 'dep_on'],
  ['REASON', 'reason'],
]
const NOT_REBUILT: readonly Column[] = [
  ['NOT REBUILT', 'nvr'],
  ['RULE', 'rule'],
  ['REASON', 'reason'],
]
/** The numbers of a queue. */
export const QUEUE_COLUMNS: readonly Column[] = [
  ['QUEUE', 'name'],
  ['ACTIVE', 'active'],
  ['WAITING', 'waiting'],
  ['DELAYED', 'delayed'],
  ['FAILED', 'failed'],
  ['DUE SINCE', 'due_since'],
]
const QUEUE: readonly Column[] = [...QUEUE_COLUMNS, ['DOES', 'does']]
const WAIT: readonly Column[] = [
  ['JOBS', 'jobs'],
  ['WAIT FOR', 'kind'],
  ['SERVICE', 'service'],
  ['BLAME', 'blame'],
  ['SINCE', 'since'],
]
const TROUBLE: readonly Column[] = [
  ['IN TROUBLE', 'service'],
  ['BLAME', 'blame'],
  ['SINCE', 'since'],
  ['DETAIL', 'detail'],
]
const ADVISORY: readonly Column[] = [
  ['ID', 'id'],
  ['ADVISORY', 'name'],
  ['SHIPPED', 'shipped'],
  ['CONTENT', 'content_types'],
  ['IMPACT', 'security_impact'],
]

/** Adds the commands to the program. */
export function addReports(program: Command): void {
  addRemote(program, 'plan', 'show what would be rebuilt for an advisory or for fixed RPMs; changes nothing')
    .argument('[errata]', 'id of the advisory', id)
    .option('--rpm <nvr>', 'this binary RPM instead of an advisory; may be repeated', listed)
    .option('--content-set <name>', 'with --rpm: only images with content from it; may be repeated', listed)
    .option('--advisory-name <name>', "with --rpm: the advisory's name that the operators' rules judge")
    .option('--product <name>', "with --rpm: the product's short name that the operators' rules judge")
    .option('--impact <impact>', "with --rpm: the severity that the operators' rules judge")
    .option('--image <nvr>', 'only this image and what it is built on; may be repeated', listed)
    .action(remotely(showPlan))
  addRemote(program, 'verify', 'report whether an image, or the images of a repository, can be rebuilt')
    .argument('<image>', 'NVR of an image, or PROJECT/REPOSITORY')
    .action(remotely(verify))
  addRemote(
    program,
    'queues',
    'count the jobs of each queue, what they wait for, and services in trouble',
  ).action(remotely(showQueues))
  addRemote(program, 'advisories', 'list advisories that have shipped and have no event')
    .requiredOption('--missed', 'those without an event')
    .option('--since <time>', 'shipped at or after; ISO 8601, or 7d for seven days ago', '7d')
    .action(remotely(showMissed))
}

type PlanOptions = {
  image?: string[]
  rpm?: string[]
  contentSet?: string[]
  advisoryName?: string
  product?: string
  impact?: string
}

/** Options that describe the advisory that RPMs are taken to be of. */
const ONLY_WITH_RPMS = {
  contentSet: '--content-set',
  advisoryName: '--advisory-name',
  product: '--product',
  impact: '--impact',
} as const satisfies Partial<Record<keyof PlanOptions, string>>

/** Checked here, because the service would name its own arguments. @throws CommandFailed */
function checkPlan(errata: number | undefined, options: PlanOptions): void {
  const fail = (problem: string): never => {
    throw new CommandFailed(problem, EXIT.error)
  }
  if (errata === undefined && !options.rpm) fail('plan: give the id of an advisory, or --rpm.')
  if (errata !== undefined && options.rpm) fail('plan: give either the id of an advisory or --rpm, not both.')
  for (const [name, option] of Object.entries(ONLY_WITH_RPMS))
    if (errata !== undefined && Object.hasOwn(options, name))
      fail(`plan: ${option} is only for --rpm; the advisory has its own.`)
  for (const nvr of options.rpm ?? []) {
    const problem = problemOfRpmNvr(nvr)
    if (problem) fail(`plan: --rpm: ${problem}.`)
  }
}

async function showPlan(
  { service, style, width }: Remote,
  errata: number | undefined,
  options: PlanOptions,
): Promise<Shown> {
  checkPlan(errata, options)
  const answer = await service.send('POST', '/api/2/plans', {
    errata_id: errata,
    rpm_nvrs: options.rpm,
    container_images: options.image,
    content_sets: options.contentSet,
    advisory_name: options.advisoryName,
    product: options.product,
    security_impact: options.impact,
  })
  const plan = checked(planSchema, answer)
  // The service answers a plan without anything in it, where `rebuild` of the same advisory would be refused.
  if (plan.handler === null && plan.skipped !== null)
    throw new CommandFailed(cellText(plan.skipped), EXIT.refused)
  const left =
    plan.not_rebuilt.length > 0 ? ['', ...drawTable(NOT_REBUILT, plan.not_rebuilt, style, width)] : []
  const sum = `${amount(plan.builds.length, 'build')}, ${plan.total_seconds} s in all, ${plan.critical_path_seconds} s on the longest path`
  const { builder_minutes: work, p50_minutes: p50, p90_minutes: p90 } = plan.forecast
  const expected =
    plan.builds.length > 0
      ? [`started now, done after about ${p50} min, ${p90} min at the latest (90 %); ${work} builder-minutes`]
      : []
  const skipped = plan.skipped === null ? [] : [cellText(plan.skipped)]
  const handler = plan.handler ? [`by ${cellText(plan.handler)}`] : []
  const builds = drawTable(PLANNED, plan.builds, style, width)
  return { answer, lines: [...builds, sum, ...expected, ...handler, ...skipped, ...left] }
}

/** NVRs have no slash. */
async function verify({ service, style, width }: Remote, image: string): Promise<Shown> {
  if (!/^[^/\s]+(\/[^/\s]+)?$/.test(image))
    throw new CommandFailed(`verify: '${image}' is neither an NVR nor PROJECT/REPOSITORY.`, EXIT.error)
  const kind = image.includes('/') ? 'verify-image-repository' : 'verify-image'
  const path = image.split('/').map(encodeURIComponent).join('/')
  const answer = await service.get(`/api/2/${kind}/${path}`)
  const { msg, images } = checked(verifiedSchema, answer)
  const rows = Object.entries(images).map(([nvr, about]) => ({
    nvr,
    ...(Array.isArray(about) ? { content_sets: about } : Object(about)),
  }))
  const columns: Column[] = [
    ['IMAGE', 'nvr'],
    ['TAGS', 'tags'],
    ['CONTENT SETS', 'content_sets'],
  ]
  return { answer, lines: [cellText(msg), ...drawTable(columns, rows, style, width)] }
}

async function showQueues({ service, style, width }: Remote): Promise<Shown> {
  const answer = await service.get('/api/2/queues')
  const { queues, waits, troubles } = checked(queuesSchema, answer)
  const parts = [
    drawTable(QUEUE, queues, style, width),
    ...(waits.length > 0 ? [drawTable(WAIT, waits, style, width)] : []),
    ...(troubles.length > 0 ? [drawTable(TROUBLE, troubles, style, width)] : []),
  ]
  return { answer, lines: parts.flatMap((part, index) => (index === 0 ? part : ['', ...part])) }
}

async function showMissed({ service, style, width }: Remote, { since }: { since: string }): Promise<Shown> {
  const answer = await service.get('/api/2/advisories/missed', { since })
  const { items, searched, complete } = checked(missedSchema, answer)
  const looked = `${items.length} missed; searched ${complete ? '' : 'only the newest '}${amount(searched, 'shipped advisory', 'shipped advisories')}`
  return { answer, lines: [...drawTable(ADVISORY, items, style, width), looked] }
}
