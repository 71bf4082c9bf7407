/** Imports the events that have not ended, each with its builds at once: workers must not see a part of one (decision 0030). */
import type { EntityManager } from '../../db/orm.ts'
import { knownRows } from '../../db/queries/import/known-rows.ts'
import { RUNNING_BUILDS, RUNNING_EVENTS, RUNNING_LINKS } from '../../db/queries/import/source-rows.ts'
import { addRefused } from '../../domain/import/report.ts'
import type { BuildRow, EventRow, LinkRow } from '../../domain/import/rows.ts'
import { settleRunning } from '../../domain/import/unfinished.ts'
import { type ImportRun, inStep, readableRows, type Stored } from './run.ts'
import { storeBuilds, storeLinks, storeRows } from './store-rows.ts'

/** Events in one transaction; each search for their builds reads the whole table there. */
const CHUNK = 100

/** Some running events with what belongs to them. */
type Parts = { events: EventRow[]; builds: BuildRow[]; links: LinkRow[] }

/** Imports those that the import of events has found. Safe to repeat: an event that is here is not changed, nor are its builds. */
export async function importRunning(run: ImportRun): Promise<void> {
  const ids = [...run.seen.runningEvents]
  for (let at = 0; at < ids.length; at += CHUNK) {
    const chunk = ids.slice(at, at + CHUNK)
    const parts = await readParts(run, [(chunk[0] ?? 0) - 1, chunk.at(-1) ?? 0])
    await inStep(run, (em) => storeParts(run, em, parts))
  }
}

/** Odd rows are left out here: they are reported when their tables are read. */
async function readParts(run: ImportRun, range: readonly number[]): Promise<Parts> {
  const { source, duplicates, seen } = run
  const builds = readableRows('artifact_builds', await source.read(RUNNING_BUILDS, range))
  const links = readableRows('artifact_build_composes', await source.read(RUNNING_LINKS, range))
  return {
    events: readableRows('events', await source.read(RUNNING_EVENTS, range)),
    builds: builds.filter(({ id }) => !duplicates.has(id)),
    links: links.filter(({ composeId }) => seen.composes.has(composeId)),
  }
}

async function storeParts(
  run: ImportRun,
  em: EntityManager,
  { events, builds, links }: Parts,
): Promise<Stored> {
  const now = run.now().toISOString()
  const buildsOf = Map.groupBy(builds, ({ eventId }) => eventId)
  const settled = events.map((event) => settleRunning(event, buildsOf.get(event.id) ?? [], now))
  const { fresh, present, newRows } = await storeRows(
    run,
    em,
    'events',
    settled.map(({ event }) => event),
  )
  for (const { id } of [...fresh, ...present]) run.seen.events.add(id)
  const freshIds = new Set(fresh.map(({ id }) => id))
  const ofFresh = settled.flatMap((each) => (freshIds.has(each.event.id) ? each.builds : []))
  const ofOthers = settled.flatMap((each) => (freshIds.has(each.event.id) ? [] : each.builds))
  await storeBuilds(run, em, ofFresh)
  await countUnchanged(run, em, ofOthers)
  await storeLinks(
    run,
    em,
    links.filter(({ buildId }) => run.seen.builds.has(buildId)),
  )
  return { newRows }
}

/** Builds of events that are here, or that are refused: none of them is imported any more. */
async function countUnchanged(
  { report, seen }: ImportRun,
  em: EntityManager,
  builds: readonly BuildRow[],
): Promise<void> {
  if (builds.length === 0) return
  const here = new Set((await knownRows(em, 'artifact_builds', builds)).map(({ id }) => id))
  for (const { id, eventId } of builds) {
    const isHere = here.has(id) && eventId !== null && seen.events.has(eventId)
    if (isHere) {
      seen.builds.add(id)
      report.counts.artifact_builds.present += 1
      continue
    }
    const reason =
      eventId !== null && seen.events.has(eventId)
        ? `its event ${eventId} was imported before it existed`
        : `its event ${eventId} is not imported`
    addRefused(report, { table: 'artifact_builds', id: String(id), reason })
  }
}
