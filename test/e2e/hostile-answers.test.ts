/** Hostile texts in the answers of services and on the bus: the event completes, and what names no usable build costs only itself. */
import { expect, it } from 'vitest'
import { HOSTILE_PARTS } from '../support/api/hostile-texts.ts'
import { connectClient } from '../support/bus/amqp-client.ts'
import { STATUS_TOPIC, statusMessage } from '../support/bus/messages.ts'
import { eventually } from '../support/eventually.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 12
const FAULT = `Image build failed: ${HOSTILE_PARTS.filter(isWritable).join(' ')}`
/** Random, so that the database cannot compress it: longer than an entry of an index may be. */
const LONG = Array.from({ length: 3000 }, () => Math.floor(Math.random() * 36).toString(36)).join('')
const ODD_BUILDS = [...HOSTILE_PARTS.map((part) => `odd${part}-1-1`), `${LONG}-1-1`, `a-${LONG}-1`]

/** XML cannot carry the other ones. */
function isWritable(part: string): boolean {
  return !/\p{Cc}|\p{Surrogate}|\ufffe/u.test(part)
}

type Members = Record<string, unknown>

/** A hostile part for each record in turn. */
let turn = 0
const nextPart = () => HOSTILE_PARTS[turn++ % HOSTILE_PARTS.length] ?? ''

/** The answer with hostile texts, further members with hostile names (not where the names of members are data), hostile names in image records, and copies with odd builds. */
function spoil(json: unknown, isMap: boolean): unknown {
  if (Array.isArray(json)) {
    const [first] = json as Members[]
    const copies = first && 'brew' in Object(first) ? ODD_BUILDS.map((build) => oddCopy(first, build)) : []
    return [...json, ...copies].map((item) => spoil(item, isMap))
  }
  if (typeof json !== 'object' || json === null) return json
  const part = nextPart()
  const members = Object.entries(json).map(([name, value]) => [name, spoil(value, isMap)])
  const more = isMap ? {} : { [`x${part}`]: part }
  return { ...Object.fromEntries(members), ...more, ...additions(json as Members, part) }
}

function oddCopy(record: Members, build: string): Members {
  return { ...record, brew: { ...Object(record['brew']), build } }
}

function additions({ parsed_data, synopsis, state_reason }: Members, part: string): Members {
  return {
    ...(parsed_data ? { parsed_data: { labels: [{ name: `label${part}`, value: part }] } } : {}),
    ...(typeof synopsis === 'string' && { synopsis: synopsis + part }),
    ...(typeof state_reason === 'string' && { state_reason: state_reason + part }),
  }
}

it('an event completes, each odd record has its reason, and a fault text is stored as far as it can be', async () => {
  const catalogue = affectedImages(IMAGES)
  const failing = catalogue.images.at(-1)?.name ?? ''
  const { world, pipeline } = await runningPipeline({
    catalogue,
    builder: { failures: { [failing]: { times: 1, code: 2001, text: FAULT } } },
  })
  world.lab.world.mutate = (service, _operation, json) =>
    ['errata', 'pyxis', 'odcs', 'pulp'].includes(service) ? spoil(json, service === 'errata') : json
  world.ship(ADVISORY)
  const { state, stateReason, builds, id } = await pipeline.untilEnded(ADVISORY)
  expect(state, stateReason ?? '').toBe('COMPLETE')
  const [odd, correct] = [true, false].map((isOdd) =>
    builds.filter(({ originalNvr }) => originalNvr.startsWith('odd') === isOdd),
  )
  expect(correct?.map((build) => build.state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(odd).not.toEqual([])
  for (const build of odd ?? [])
    expect([build.state, build.stateReason]).toEqual([
      'FAILED',
      expect.stringContaining('Cannot find Koji build'),
    ])
  const em = pipeline.ctx.db.fork()
  const sql = 'select nvr, reason from considered_images where event_id = ? and outcome = ?'
  const rows = await em.execute<{ nvr: string; reason: string }[]>(sql, [id, 'not-rebuilt'])
  const named = rows.map(({ nvr }) => nvr)
  expect(named.filter((nvr) => nvr.includes(LONG.slice(0, 400)))).toHaveLength(2)
  for (const { reason } of rows) expect(reason).not.toBe('')
  const failed = builds.find(({ originalNvr }) => originalNvr.startsWith(failing))
  const tries = 'select detail from build_tries where build_id = ? order by id limit 1'
  const [first] = await em.execute<{ detail: string }[]>(tries, [failed?.id])
  expect(first?.detail).toContain('Image build failed: ')
})

it('a message is stored whatever its texts are, and those behind it are handled', async () => {
  const { world, pipeline } = await runningPipeline({ catalogue: affectedImages(IMAGES) })
  const client = await connectClient(world.bus.url)
  const messages = HOSTILE_PARTS.filter((part) => part.isWellFormed()).map((part, index) => ({
    ...statusMessage(ADVISORY),
    message_id: `${index} ${part}${part === '\0' ? LONG : ''}`,
    application_properties: { [`name${part}`]: part, to: part },
    body: JSON.stringify({ errata_id: ADVISORY, to: `SHIPPED${part}`, fulladvisory: part }),
  }))
  await client.send(`topic://${STATUS_TOPIC}`, messages)
  await client.close()
  world.ship(ADVISORY)
  expect(await pipeline.untilEnded(ADVISORY)).toMatchObject({ state: 'COMPLETE' })
  const em = pipeline.ctx.db.fork()
  const sql = "select message_id as id, state from inbox where message_id ~ '^(sha256-|[0-9]+ )' order by 1"
  const sent = () => em.execute<{ id: string; state: string }[]>(sql)
  const rows = await eventually(sent, (all) => all.every((row) => row.state !== 'new'))
  expect(rows.map(({ id }) => id.split(' ')[0]).filter((id) => !id?.startsWith('sha256'))).toEqual(
    messages.map((_message, index) => String(index)).slice(1),
  )
  expect(rows.some(({ id }) => id.startsWith('sha256-'))).toBe(true)
})
