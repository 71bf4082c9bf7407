/** Follows an event until it ends: a live tree on a terminal, otherwise one line for each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLiveLines } from '../../lib/terminal/live-lines.ts'
import { EXIT, endWithReader } from '../end.ts'
import { checked } from '../service/answers.ts'
import { CommandFailed } from '../service/client.ts'
import type { Remote, Shown } from '../service/remote.ts'
import {
  buildLine,
  drawBuilds,
  drawEvent,
  type EventAnswer,
  eventSchema,
  headline,
} from '../text/event-text.ts'
import { cellText } from '../text/table.ts'

/** The kinds of the stream of all changes that are followed (behaviour/streams 2). */
const KINDS = ['build.state.changed', 'event.state.changed.min'] as const
const TRY_EVERY_MS = 2000
/** A service that is restarted is back before this. */
const AWAY_MS = 60_000

const EXIT_BY_STATE: Readonly<Record<string, number>> = {
  COMPLETE: EXIT.done,
  SKIPPED: EXIT.done,
  FAILED: EXIT.eventFailed,
  CANCELED: EXIT.eventFailed,
}

/** The event when it has ended; with `--json` nothing is shown before. @throws CommandFailed */
export async function followEvent(remote: Remote, eventId: number): Promise<Shown> {
  endWithReader()
  const show = showFor(remote)
  const changes = remote.changes('/api/2/stream', { event: String(eventId), kinds: KINDS })
  try {
    for (;;) {
      const { answer, tookMs } = await look(remote, eventId)
      const event = checked(eventSchema, answer)
      const state = event.state_name ?? ''
      const code = Object.hasOwn(EXIT_BY_STATE, state) ? EXIT_BY_STATE[state] : undefined
      show.change(event)
      if (code !== undefined) {
        show.end()
        return { answer, lines: drawEvent(event, remote.style), code }
      }
      await changes.next(tookMs)
    }
  } finally {
    await changes.close()
  }
}

/** Waits a while for a service that is down: the event continues without us. `tookMs`: how long the service took to answer. */
async function look({ service }: Remote, eventId: number): Promise<{ answer: unknown; tookMs: number }> {
  for (const started = performance.now(); ; await sleep(TRY_EVERY_MS)) {
    const askedAt = performance.now()
    try {
      const answer = await service.get(`/api/1/events/${eventId}`)
      return { answer, tookMs: performance.now() - askedAt }
    } catch (error) {
      const isAway = error instanceof CommandFailed && error.mayPass
      if (!isAway || performance.now() - started > AWAY_MS) throw error
    }
  }
}

/** `end` makes room for the whole event, of which a screen may not have shown all. */
type Show = { change(event: EventAnswer): void; end(): void }

const NOTHING: Show = { change: () => undefined, end: () => undefined }

function showFor(remote: Remote): Show {
  if (remote.json) return NOTHING
  return remote.isLive ? live(remote) : eachChange()
}

function live({ style }: Remote): Show {
  const show = createLiveLines(process.stdout)
  return {
    change: (event) => show([style.bold(headline(event)), ...drawBuilds(event, style)]),
    end: () => show([]),
  }
}

function eachChange(): Show {
  const known = new Map<number | string, string>()
  const report = (key: number | string, line: string) => {
    if (known.get(key) !== line) process.stdout.write(`${line}\n`)
    known.set(key, line)
  }
  return {
    change: (event) => {
      for (const build of event.builds) if (build.state_name !== 'PLANNED') report(build.id, buildLine(build))
      report('event', `Event ${event.id} ${cellText(event.state_name)}`)
    },
    end: () => undefined,
  }
}
