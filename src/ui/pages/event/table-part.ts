/** The builds of an event as a table, sorted and filtered on the server, so that it needs no scripts. */
import { html, raw } from 'hono/html'
import type { EventBuild } from '../../../db/queries/pages/event-builds.ts'
import { keysOf } from '../../../domain/keys-of.ts'
import { BUILD_STATES, countStates } from '../../../domain/rebuild/states.ts'
import { resultsPage, taskPage, waiversPage } from '../../../present/links.ts'
import { emptyPage, listPage, pager, windowOf, withArguments } from '../../paging.ts'
import { duration, type Html, NOTHING, outside, STATES, shortened, stateMark, time } from '../../words.ts'
import type { EventView } from './view.ts'

const PER_PAGE = 100
const STATE_NAMES = keysOf(BUILD_STATES)

/** What a column sorts by. */
const COLUMNS = {
  image: { title: 'Image', by: ({ originalNvr, name }: EventBuild) => originalNvr ?? name },
  state: { title: 'State', by: ({ state }: EventBuild) => STATES[state].word },
  time: { title: 'Time', by: ({ seconds }: EventBuild) => seconds ?? -1 },
  tries: { title: 'Tries', by: ({ attempts }: EventBuild) => attempts },
  ended: { title: 'Ended', by: ({ completedAt }: EventBuild) => completedAt?.getTime() ?? 0 },
} as const
const COLUMN_NAMES = keysOf(COLUMNS)

/** The part `table`: `sort` is a column, with `-` downwards; `find` a part of an NVR; `is` a state. */
export function tablePart({ c, ctx, builds }: EventView): Html {
  const { env } = ctx.settings
  const find = (c.req.query('find') ?? '').trim()
  const is = STATE_NAMES.find((name) => name === c.req.query('is'))
  const sort = c.req.query('sort') ?? ''
  const column = COLUMN_NAMES.find((name) => name === sort.replace(/^-/, ''))
  const matching = builds.filter(
    (build) => (is === undefined || build.state === is) && nvrsOf(build).some((nvr) => nvr.includes(find)),
  )
  const sorted = column ? sortBy(matching, COLUMNS[column].by, orderOf(sort)) : matching
  const page = listPage(c, PER_PAGE)
  const { offset, limit } = windowOf(page)
  const counts = countStates(builds)
  const link = (changed: Record<string, string | null>) => withArguments(c, { page: null, ...changed })
  const rows = sorted
    .slice(offset, offset + limit)
    .map((build) => row(build, link, env, c.get('caller').prefix))
  const heads = COLUMN_NAMES.map((name) => {
    const order = column === name ? orderOf(sort) : 'none'
    const next = order === 'ascending' ? `-${name}` : name
    return html`<th scope="col" aria-sort="${order}"><a href="${link({ sort: next })}#table">${COLUMNS[name].title}</a></th>`
  })
  const states = STATE_NAMES.filter((name) => counts[name] > 0).map(
    (name) =>
      html`<a class="chip" href="${link({ is: is === name ? null : name })}#table"${is === name ? raw(' aria-current="true"') : ''}>${stateMark(name)} ${counts[name]}</a>\n`,
  )
  return html`<form class="filters" action="#table">
<label for="find">NVR has</label><input id="find" type="search" name="find" value="${find}">
${KEPT.map((name) => hidden(name, c.req.query(name)))}<button>Show</button> ${states}
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Table of builds"><table class="list"><thead><tr>${heads}<th scope="col">Look at</th></tr></thead>
<tbody>${rows.length > 0 ? rows : html`<tr><td colspan="6">${emptyPage(c, page, builds.length > 0 ? 'No builds match.' : 'There are no builds.')}</td></tr>`}</tbody></table></div>
${pager(c, page, matching.length, 'build')}`
}

/** The other arguments of the page's address, which filtering keeps. */
const KEPT = ['is', 'sort', 'image', 'view'] as const

function hidden(name: string, value: string | undefined): Html {
  return value === undefined ? NOTHING : html`<input type="hidden" name="${name}" value="${value}">`
}

/** What the filter looks at; the first is what the row shows. */
function nvrsOf({ name, originalNvr, rebuiltNvr }: EventBuild): string[] {
  return [originalNvr ?? name, rebuiltNvr ?? '']
}

type Links = Parameters<typeof resultsPage>[0]

function row(
  build: EventBuild,
  link: (changed: Record<string, string>) => string,
  env: Links,
  prefix: string,
): Html {
  const { originalNvr, rebuiltNvr, stateReason, seconds, attempts } = build
  const nvr = originalNvr ?? build.name
  return html`<tr data-build="${build.id}"><th scope="row"><a href="${link({ image: nvr })}#why">${nvr}</a>${rebuiltNvr && build.state === 'DONE' ? html`<small>${rebuiltNvr}</small>` : NOTHING}</th>
<td>${stateMark(build.state)}${build.state === 'FAILED' ? html`<small>${shortened(stateReason)}</small>` : NOTHING}</td>
<td data-label="${COLUMNS.time.title}">${seconds === null ? NOTHING : duration(seconds)}</td><td data-label="${COLUMNS.tries.title}">${attempts}</td><td data-label="${COLUMNS.ended.title}">${time(build.completedAt)}</td>
<td class="links"><a href="${prefix}/ui/images/${encodeURIComponent(build.name)}">history</a>
${taskPage(env.KOJI_BASE_URL, build.taskId) ? outside(taskPage(env.KOJI_BASE_URL, build.taskId), 'task') : NOTHING}
${rebuiltNvr && build.state === 'DONE' ? html`${outside(resultsPage(env, rebuiltNvr), 'results')} ${outside(waiversPage(env, rebuiltNvr), 'waivers')}` : NOTHING}</td></tr>\n`
}

type Order = 'ascending' | 'descending'

function orderOf(sort: string): Order {
  return sort.startsWith('-') ? 'descending' : 'ascending'
}

function sortBy(builds: EventBuild[], by: (build: EventBuild) => string | number, order: Order) {
  const sign = order === 'descending' ? -1 : 1
  const compare = (left: string | number, right: string | number) => {
    if (left === right) return 0
    return left < right ? -1 : 1
  }
  return builds.toSorted((left, right) => sign * compare(by(left), by(right)))
}
