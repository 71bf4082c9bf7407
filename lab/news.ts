/** Messages about new results and waivers, in the formats and envelopes that producers and gateways give them (behaviour/greenwave 6.1). */
import type { LabResult } from './services/resultsdb/state.ts'
import { type NewsFormat, publish, type World } from './world.ts'

type Json = Record<string, unknown>

const WRAPPED: Record<NewsFormat['envelope'], (topic: string, msg: Json) => Json> = {
  none: (_topic, msg) => msg,
  fedmsg: (topic, msg) => ({
    topic: topic.replace(/^VirtualTopic\.eng/, 'org.fedoraproject.prod'),
    msg_id: `2026-${crypto.randomUUID()}`,
    i: 1,
    msg,
  }),
  umb: (topic, msg) => ({ topic: `/topic/${topic}`, headers: { destination: `/topic/${topic}` }, msg }),
}

/** Publishes a new result; `json` is its form in ResultsDB. */
export function announceResult(world: World, result: LabResult, json: Json): void {
  const isOld = world.bus.format.results === 'taskotron'
  announce(world, 'VirtualTopic.eng.resultsdb.result.new', isOld ? taskotronJson(result) : json)
}

/** Publishes a new waiver. */
export function announceWaiver(world: World, json: Json): void {
  announce(world, 'VirtualTopic.eng.waiverdb.waiver.new', json)
}

function announce(world: World, topic: string, msg: Json): void {
  publish(world, topic, WRAPPED[world.bus.format.envelope](topic, msg))
}

/** A result as taskotron wrote it: its time has no fraction, and its data only item and type. */
function taskotronJson({ id, testCase, outcome, submittedAt, data, refUrl }: LabResult): Json {
  const submit_time = `${submittedAt.slice(0, 19).replace('T', ' ')} UTC`
  return {
    task: { name: testCase, item: data.item?.[0], type: data.type?.[0] },
    result: { id, outcome, submit_time, prev_outcome: null, log_url: refUrl },
  }
}
