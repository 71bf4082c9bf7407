/** The commands of `freshwave` that use the service, against the whole service in a lab: what people and programs get. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish } from '../../lab/world.ts'
import { withClient } from '../../src/db/client.ts'
import { createDatabase, dropDatabase } from '../support/database/database.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Run, runCommand } from '../support/programs/command-line.ts'
import { type ServiceProcess, startProgram } from '../support/programs/service-process.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

const IMAGES = 6
const PATIENCE = { timeout: 400_000, interval: 200 }
let world: TestWorld
let service: ServiceProcess
let database: string
let url = ''
let durationMs = 20

beforeAll(async () => {
  world = await startWorld({
    catalogue: affectedImages(IMAGES),
    builder: { durationMs: () => durationMs },
  })
  ship(ADVISORY, ADVISORY)
  database = await createDatabase()
  service = startProgram('all', { ...world.env, DATABASE_URL: database, PORT: '0', LOG_LEVEL: 'info' })
  await service.ready()
  url = /"url":"([^"]+)"/.exec(service.output())?.[1] ?? ''
})
afterAll(async () => {
  await service.kill()
  await dropDatabase(database)
  await world.stop()
})

/** Ships a copy of an advisory, without the message about it. */
function ship(original: number, id: number): void {
  const { advisories } = world.lab.world
  const advisory = advisories.get(original)
  if (!advisory) throw new Error(`no advisory ${original}`)
  advisories.set(id, { ...advisory, id, status: 'SHIPPED_LIVE', shippedAt: new Date().toISOString() })
}

const freshwave = (...args: string[]): Promise<Run> => runCommand(args, { env: { FRESHWAVE_URL: url } })
const json = async (...args: string[]) => JSON.parse((await freshwave(...args, '--json')).out)

describe('freshwave', () => {
  it('previews, rebuilds and waits, and shows the event, its builds and its reasons', async () => {
    const plan = await freshwave('plan', String(ADVISORY))
    expect(plan).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`${IMAGES} builds, `) })

    expect(plan.out).toMatch(
      /^started now, done after about [\d.]+ min, [\d.]+ min at the latest \(90 %\); [\d.]+ builder-minutes$/m,
    )

    const ofRpms = await freshwave(
      'plan',
      '--rpm',
      'openssl-libs-1:1.1.1k-14.el8_9',
      '--content-set',
      'no-such-set',
    )
    expect(ofRpms).toMatchObject({
      code: 0,
      out: expect.stringContaining('No image has an RPM that is older than the named ones.'),
    })
    const both = await freshwave('plan', String(ADVISORY), '--rpm', 'openssl')
    expect([both.code, both.err.trim()]).toEqual([
      2,
      'plan: give either the id of an advisory or --rpm, not both.',
    ])

    const rebuilt = await freshwave(
      'rebuild',
      String(ADVISORY),
      '--wait',
      '--metadata',
      '{"a":1}',
      '--requester',
      'root',
    )
    expect([rebuilt.code, rebuilt.err], rebuilt.out).toEqual([0, ''])
    expect(rebuilt.out).toMatch(/ DONE: Built successfully\.\n/)
    expect(rebuilt.out).toMatch(/^State +COMPLETE$/m)
    const [event] = (await json('events', '--search-key', String(ADVISORY))).items
    expect(event).toMatchObject({ state_name: 'COMPLETE', requester: 'root', requester_metadata: { a: 1 } })

    const listed = await freshwave('events', '--state', 'COMPLETE')
    expect(listed.out).toMatch(/^ID +ADVISORY +STATE +BUILDS +FAILED +CREATED +REQUESTER +REASON$/m)
    expect(listed.out).toMatch(new RegExp(`^${event.id} +${ADVISORY} +COMPLETE +${IMAGES} `, 'm'))
    expect(listed.out).toMatch(/^1 of 1$/m)
    expect((await json('events', '--state', 'COMPLETE', '--all')).items).toEqual([event])

    const shown = await freshwave('event', String(event.id), '--watch')
    expect(shown.code).toBe(0)
    expect(shown.out).toMatch(/^ {2}[├└]─ ✔ .+ {2}build \d+, /m)
    expect((await json('event', String(event.id))).builds).toHaveLength(IMAGES)

    const [build] = (await json('builds', '--event-id', String(event.id), '--state', 'DONE')).items
    const detail = await freshwave('build', String(build.id))
    expect(detail.out).toMatch(/^State +DONE$/m)
    expect(detail.out).toMatch(/^TASK +BUILD AFTER +BEGAN +ENDED/m)
    const why = await freshwave('why', String(event.id), '--image', build.original_nvr)
    expect(why.out).toMatch(/ rebuild +DONE /)
    expect(why.out).toMatch(new RegExp(`^${build.id} .* DONE +done +Rebuilt as ${build.rebuilt_nvr}`, 'm'))
    expect((await freshwave('audit', '--since', '1h')).out).toMatch(
      new RegExp(` root +none +api +127\\.0\\.0\\.1 +rebuild +advisory ${ADVISORY} +done +${event.id}$`, 'm'),
    )
  })

  it('cancels an event, reports its end by the exit code of the command that waits for it, and retries it', async () => {
    durationMs = 600_000
    const { id } = await json('rebuild', String(ADVISORY), '--force', '--metadata', '{"skip_rebuilt":false}')
    const waiting = freshwave('event', String(id), '--watch')
    await expect
      .poll(
        async () => (await json('builds', '--event-id', String(id), '--state', 'BUILD')).meta.total,
        PATIENCE,
      )
      .toBeGreaterThan(0)
    expect((await freshwave('event', String(id))).out).toMatch(
      /^done about (?:\S+ )?\d\d:\d\d, (?:\S+ )?\d\d:\d\d at the latest \(90 %\)$/m,
    )
    const canceled = await freshwave('cancel', String(id))
    expect(canceled).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^State +CANCELED$/m) })
    const watched = await waiting
    expect([watched.code, watched.err]).toEqual([4, ''])
    expect(watched.out).toMatch(new RegExp(`^Event ${id} BUILDING$[^]*^Event ${id} CANCELED$`, 'm'))

    durationMs = 20
    const nothing = await freshwave('retry', String(id))
    expect([nothing.code, nothing.out, nothing.err]).toEqual([
      1,
      '',
      expect.stringMatching(/were canceled and must be named\.\n$/),
    ])
    const builds: { id: number }[] = (await json('builds', '--event-id', String(id), '--per-page', '50'))
      .items
    const named = builds.map((build) => String(build.id))
    const again = await freshwave('retry', String(id), ...named, '--reason', 'canceled by mistake', '--wait')
    expect([again.code, again.err], again.out).toEqual([0, ''])
    expect(again.out).toMatch(new RegExp(`^Depends on +${id}$`, 'm'))
  })

  it('opens an event for packages by name', async () => {
    const { requested_rebuilds: names } = await json(
      'async-rebuild',
      '--branch',
      'rhel-8',
      'some',
      'another-container',
    )
    expect(names).toEqual(['some-container', 'another-container'])
  })

  it('lists and replays messages, counts queues, and finds missed advisories', async () => {
    publish(world.lab.world, 'VirtualTopic.eng.errata.activity.status', { no: 'id' }, {})
    await expect.poll(async () => (await json('inbox', '--state', 'failed')).meta.total, PATIENCE).toBe(1)
    const [message] = (await json('inbox', '--state', 'failed')).items
    expect((await freshwave('inbox', '--state', 'failed')).out).toMatch(/^ID +RECEIVED +STATE /m)
    const replayed = await freshwave('replay', String(message.id), '999999')
    expect(replayed.code).toBe(1)
    expect(replayed.out).toMatch(new RegExp(`^${message.id} +failed +`, 'm'))
    expect(replayed.out).toMatch(/^999999 +refused +No such message found\.$/m)

    expect((await freshwave('queues')).out).toMatch(
      /^QUEUE .* DUE SINCE +DOES\nintake +\d+ +\d+ +\d+ +\d+ +(\S+ +)?decides what a message/m,
    )

    const missed = ADVISORY + 1
    ship(ADVISORY, missed)
    expect(await json('advisories', '--missed', '--since', '1h')).toMatchObject({
      items: [{ id: missed }],
      complete: true,
    })
    expect((await freshwave('advisories', '--missed')).out).toMatch(new RegExp(`^${missed} +RH`, 'm'))
    expect(await json('advisories', '--missed', '--since', '2999-01-01')).toMatchObject({
      items: [],
      complete: true,
    })
    expect((await freshwave('verify', 'a-1-1')).code).toBe(1)
  })

  it('reports how the service is in ten lines, and shows what runs', async () => {
    const ready = await freshwave('report')
    expect([ready.code, ready.err]).toEqual([0, ''])
    expect(ready.out.trimEnd().split('\n')).toHaveLength(10)
    expect(ready.out).toMatch(
      /^status +ready\n.*^database +ok, PostgreSQL .*^in trouble +none\nsilent +none\n/ms,
    )
    const trouble = `insert into service_troubles (service, blame, detail, since, last_seen, probe_at)
      values ('jira', 'account', 'it refuses the token', now(), now(), now())`
    await withClient(database, (client) => client.query(trouble))
    const degraded = await freshwave('report')
    expect([degraded.code, degraded.out]).toEqual([
      5,
      expect.stringMatching(/^in trouble +jira since .*refuses/m),
    ])
    await withClient(database, (client) => client.query('delete from service_troubles'))
    const other = { env: { FRESHWAVE_URL: 'http://127.0.0.1:1' } }
    expect((await runCommand(['report'], other)).code).toBe(3)
    const top = await freshwave('top')
    expect([top.code, top.err]).toEqual([0, ''])
    expect(top.out).toMatch(/^Freshwave is (ready|degraded): \d+ events? and \d+ builds? running\n/)
    expect(top.out).toMatch(/^QUEUE +ACTIVE +WAITING/m)
    expect(await json('top')).toMatchObject({ health: {}, events: { items: expect.any(Array) }, queues: {} })
  })

  it('shows the text of what the service refuses, and refuses wrong arguments before querying it', async () => {
    expect(await freshwave('rebuild', '42')).toEqual({
      code: 1,
      out: '',
      err: 'The Errata Tool does not know advisory 42.\n',
    })
    expect(await freshwave('event', '2000000000')).toEqual({
      code: 1,
      out: '',
      err: 'No such event found.\n',
    })
    expect((await freshwave('events', '--state', 'LOST')).err).toBe('Invalid state was supplied: LOST\n')
    for (const args of [
      ['event', 'x'],
      ['event'],
      ['events', '--url', 'ftp://a'],
      ['rebuild', '1', '--metadata', '{'],
      ['builds', '--cert', 'x.pem'],
    ])
      expect([(await freshwave(...args)).code, args]).toEqual([2, args])
  })
})
