/** Tables `worker_processes` and `advisory_watch`: what shows that something has gone silent. */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const WorkerProcessSchema = defineEntity({
  name: 'WorkerProcess',
  tableName: 'worker_processes',
  properties: {
    /** Made when the process starts. */
    id: p.text().primary(),
    host: p.text(),
    pid: p.integer(),
    startedAt: p.datetime(),
    seenAt: p.datetime(),
  },
})

/** A process that runs workers; the row is deleted when it stops cleanly, or long after its last sign of life. */
export class WorkerProcess extends WorkerProcessSchema.class {}
WorkerProcessSchema.setClass(WorkerProcess)

/** Columns, indexes and constraints. */
export const AdvisoryWatchSchema = defineEntity({
  name: 'AdvisoryWatch',
  tableName: 'advisory_watch',
  properties: {
    /** Always 1. */
    id: p.integer().primary().autoincrement(false),
    /** What shipped before is not missed: another system was responsible for it. */
    watchingSince: p.datetime(),
    /** When the last comparison began. */
    comparedAt: p.datetime(),
    /** Advisories that had shipped and had no event at the last comparison that ended. */
    missed: p.json<unknown>(),
    /** When the newest advisory shipped that a comparison found without an event, opened or not; null: none was. */
    openedShippedAt: p.datetime().nullable(),
  },
})

/** The one row about the comparison with the Errata Tool. */
export class AdvisoryWatch extends AdvisoryWatchSchema.class {}
AdvisoryWatchSchema.setClass(AdvisoryWatch)
