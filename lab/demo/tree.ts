/** Draws an event's builds as a tree, each parent above the images built on it. Pure: data in, text out. */
import { drawTree } from '../../src/lib/terminal/tree.ts'
import type { BuildAnswer, EventAnswer } from './answers.ts'

type State = BuildAnswer['state_name']

const MARKS = {
  PLANNED: { mark: '·', color: 90 },
  BUILD: { mark: '▶', color: 36 },
  DONE: { mark: '✔', color: 32 },
  FAILED: { mark: '✘', color: 31 },
  CANCELED: { mark: '−', color: 33 },
} as const satisfies Record<State, { mark: string; color: number }>

/** The lines of the tree; `colored` is for terminals that show colors. */
export function drawBuilds(event: EventAnswer, colored: boolean): string[] {
  return drawTree(
    event.builds.map((build) => ({
      id: build.id,
      parentId: build.dep_on_id,
      text: describe(build, colored),
    })),
  )
}

/** One line for the event, with the number of its builds in each state. */
export function drawHeadline(event: EventAnswer, seconds: number): string {
  const states = Object.keys(MARKS) as State[] // the keys of a literal object are its type's keys
  const counts = states.map((state) => {
    const count = event.builds.filter((build) => build.state_name === state).length
    return `${MARKS[state].mark} ${count} ${state.toLowerCase()}`
  })
  return `Event ${event.id}  ${event.state_name}  ${seconds.toFixed(1)} s   ${counts.join('  ')}`
}

function describe(build: BuildAnswer, colored: boolean): string {
  const { mark, color } = MARKS[build.state_name]
  const tries = (build.build_args.retry_count ?? 0) + (build.state_name === 'FAILED' ? 0 : 1)
  const again = tries > 1 ? `  (try ${tries})` : ''
  const text = `${mark} ${build.original_nvr}${again}`
  return colored ? `\x1b[${color}m${text}\x1b[0m` : text
}
