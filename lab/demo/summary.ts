/** The summary at the end of the demo: what was rebuilt, what was not and why, the messages sent, where to look next. */
import { abilitiesOf } from '../../src/lib/terminal/abilities.ts'
import type { ReceivedMessage } from '../bus/start.ts'
import type { EventAnswer, PageAnswer, ReasonAnswer } from './answers.ts'
import type { Service } from './service.ts'
import { drawBuilds } from './tree.ts'

/** Prints the whole summary. */
export async function printSummary(service: Service, event: EventAnswer, messages: ReceivedMessage[]) {
  const why = await service.get<PageAnswer<ReasonAnswer>>(`/api/2/events/${event.id}/why?per_page=100`)
  const lines = [
    '',
    `${event.state_name}: ${event.state_reason}`,
    '',
    ...drawBuilds(event, abilitiesOf(process.stdout).hasColors),
    '',
    ...rebuilt(event),
    ...failed(event),
    ...notRebuilt(why.items),
    ...counted(messages),
    'Addresses (`npm run demo -- --stay` keeps the service running):',
    `  ${service.url}/api/1/events/${event.id}        the event and its builds`,
    `  ${service.url}/api/2/events/${event.id}/why    the reason for every image`,
    `  ${service.url}/docs                  the API`,
    `  ${service.url}/queues                queues and jobs`,
    `  ${service.url}/metrics               metrics`,
  ]
  console.log(lines.join('\n'))
}

function rebuilt(event: EventAnswer): string[] {
  const done = event.builds.filter((build) => build.state_name === 'DONE')
  const rows = done.map((build) => `  ${build.original_nvr.padEnd(40)} -> ${build.rebuilt_nvr}`)
  return [`Rebuilt (${done.length}):`, ...rows, '']
}

function failed(event: EventAnswer): string[] {
  const builds = event.builds.filter((build) => build.state_name === 'FAILED')
  const rows = builds.map((build) => `  ${build.original_nvr.padEnd(40)} ${build.state_reason}`)
  return [`Failed (${builds.length}):`, ...rows, '']
}

function notRebuilt(reasons: ReasonAnswer[]): string[] {
  const images = reasons.filter((image) => image.outcome === 'not-rebuilt')
  const rows = images.map((image) => `  ${image.nvr.padEnd(40)} ${image.rule}: ${image.reason}`)
  return [`Considered and not rebuilt (${images.length}):`, ...rows, '']
}

function counted(messages: ReceivedMessage[]): string[] {
  const counts = new Map<string, number>()
  for (const { topic } of messages) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  const rows = [...counts].map(([topic, count]) => `  ${String(count).padStart(4)}  ${topic}`)
  return ['Messages sent:', ...rows, '']
}
