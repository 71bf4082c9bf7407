/** Follows an event until it ends: redraws its tree on a terminal, otherwise prints one line for each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import { abilitiesOf } from '../../src/lib/terminal/abilities.ts'
import { createLiveLines } from '../../src/lib/terminal/live-lines.ts'
import type { BuildAnswer, EventAnswer, PageAnswer } from './answers.ts'
import type { Service } from './service.ts'
import { drawBuilds, drawHeadline } from './tree.ts'

const POLL_EVERY_MS = 200
const TERMINAL = ['COMPLETE', 'FAILED', 'SKIPPED', 'CANCELED']

/** `find`: the query string of the event list; its newest match is followed. `until`: by default until the event ends. */
type Follow = { find: string; patienceMs: number; until?: (event: EventAnswer) => boolean }

/** Shows the event until it satisfies `until`, and returns it. @throws Error after `patienceMs` */
export async function followEvent(
  service: Service,
  { find, patienceMs, until = hasEnded }: Follow,
): Promise<EventAnswer> {
  const { isLive, hasColors } = abilitiesOf(process.stdout)
  const show = isLive ? redraw(hasColors) : printChanges()
  const began = Date.now()
  while (Date.now() - began < patienceMs) {
    const page = await service.get<PageAnswer<EventAnswer>>(`/api/1/events/?${find}`)
    const event = page.items[0]
    if (event) show(event, (Date.now() - began) / 1000)
    if (event && until(event)) return event
    await sleep(POLL_EVERY_MS)
  }
  throw new Error(
    `The event did not reach the expected state within ${patienceMs / 1000} s; see ${service.logFile}`,
  )
}

const hasEnded = ({ state_name: state }: EventAnswer) => TERMINAL.includes(state)

type Show = (event: EventAnswer, seconds: number) => void

function redraw(hasColors: boolean): Show {
  const show = createLiveLines(process.stdout)
  return (event, seconds) => show([drawHeadline(event, seconds), ...drawBuilds(event, hasColors)])
}

function printChanges(): Show {
  const known = new Map<string, string>()
  const changed = (key: string, value: string) => {
    if (known.get(key) === value) return false
    known.set(key, value)
    return true
  }
  return (event, seconds) => {
    const at = `${seconds.toFixed(1).padStart(5)} s`
    const asText = (build: BuildAnswer) =>
      `${build.state_name}${build.state_reason ? `: ${build.state_reason}` : ''}`
    for (const build of event.builds) {
      if (!changed(build.original_nvr, asText(build))) continue
      if (build.state_name !== 'PLANNED' || build.state_reason?.startsWith('Retrying'))
        console.log(`${at}  ${build.original_nvr.padEnd(40)} ${asText(build)}`)
    }
    if (changed('event', event.state_name))
      console.log(`${at}  event ${event.id} ${event.state_name}: ${event.state_reason ?? ''}`)
  }
}
