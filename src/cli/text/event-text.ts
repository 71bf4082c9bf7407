/** Draws an event with its builds as a tree. Pure: data in, text out. */

import { z } from 'zod'
import { amount } from '../../domain/amount.ts'
import { drawTree } from '../../lib/terminal/tree.ts'
import type { Style } from './style.ts'
import { cellText, drawItem } from './table.ts'

const text = z.string().nullable().catch(null)

/** What is drawn of an event; a value of another kind is left out. */
export const eventSchema = z.looseObject({
  id: z.number(),
  state_name: text,
  state_reason: text,
  builds: z.array(
    z.looseObject({
      id: z.number(),
      original_nvr: text,
      rebuilt_nvr: text,
      state_name: text,
      state_reason: text,
      dep_on_id: z.number().nullable().catch(null),
    }),
  ),
})
export type EventAnswer = z.infer<typeof eventSchema>
type BuildAnswer = EventAnswer['builds'][number]

const MARKS: Readonly<Record<string, string>> = {
  PLANNED: '·',
  BUILD: '▶',
  DONE: '✔',
  FAILED: '✘',
  CANCELED: '−',
}

/** What is known of the event, and the tree of its builds, each below the one it is built on. */
export function drawEvent(event: EventAnswer, style: Style): string[] {
  const head = drawItem(
    [
      ['Event', 'id'],
      ['State', 'state_name'],
      ['Reason', 'state_reason'],
      ['Advisory', 'search_key'],
      ['Requester', 'requester'],
      ['Created', 'time_created'],
      ['Done', 'time_done'],
      ['Dry run', 'dry_run'],
      ['Depends on', 'depends_on_events'],
      ['Metadata', 'requester_metadata'],
    ],
    event,
    style,
  )
  return event.builds.length === 0 ? head : [...head, '', countsText(event), ...drawBuilds(event, style)]
}

/** One line of the event for a view that follows it. */
export function headline(event: EventAnswer): string {
  return `Event ${event.id} ${cellText(event.state_name)}${event.builds.length > 0 ? `: ${countsText(event)}` : ''}`
}

/** The tree of the builds, without the event. */
export function drawBuilds(event: EventAnswer, style: Style): string[] {
  return drawTree(
    event.builds.map((build) => ({ id: build.id, parentId: build.dep_on_id, text: describe(build, style) })),
  )
}

/** A build in one line without its place in the tree: its state and the reason. */
export function buildLine(build: BuildAnswer): string {
  const reason = cellText(build.state_reason)
  return `${cellText(build.original_nvr)} ${cellText(build.state_name)}${reason && `: ${reason}`}`
}

function describe(build: BuildAnswer, style: Style): string {
  const state = build.state_name ?? ''
  const details = [
    `build ${build.id}`,
    ...(state === 'DONE' ? [cellText(build.rebuilt_nvr)] : []),
    ...(state === 'FAILED' || state === 'CANCELED' ? [cellText(build.state_reason)] : []),
  ].filter(Boolean)
  const mark = Object.hasOwn(MARKS, state) ? MARKS[state] : '?'
  return `${style.state(state)(`${mark} ${cellText(build.original_nvr)}`)}  ${style.faint(details.join(', '))}`
}

function countsText({ builds }: EventAnswer): string {
  const counts = [...Map.groupBy(builds, ({ state_name: state }) => cellText(state).toLowerCase())]
  return `${amount(builds.length, 'build')}: ${counts.map(([state, members]) => `${members.length} ${state}`).join(', ')}`
}
