/** Tables `service_troubles`, `service_polls` and `waits`: how outside services are, and which work waits for what. */
import { defineEntity, p } from '@mikro-orm/core'
import type { WaitClocks } from '../../../domain/wait-clocks.ts'
import { ArtifactBuild } from '../artifact-build.ts'
import { Event } from '../event.ts'

/** Columns, indexes and constraints. */
export const ServiceTroubleSchema = defineEntity({
  name: 'ServiceTrouble',
  tableName: 'service_troubles',
  properties: {
    service: p.text().primary(),
    /** `service`: it is down or fails; `account`: it refuses our account. */
    blame: p.text().$type<'service' | 'account'>().primary(),
    /** When calls that change something last failed: a read that passes does not show that these do too. */
    writesFailedAt: p.datetime().nullable(),
    detail: p.text(),
    since: p.datetime(),
    lastSeen: p.datetime(),
    /** From then on one job may probe whether the service is back. */
    probeAt: p.datetime(),
  },
})

/** Trouble of a service; the row is deleted when the service works again. */
export class ServiceTrouble extends ServiceTroubleSchema.class {}
ServiceTroubleSchema.setClass(ServiceTrouble)

/** Columns, indexes and constraints. */
export const ServicePollSchema = defineEntity({
  name: 'ServicePoll',
  tableName: 'service_polls',
  properties: { service: p.text().primary(), answeredAt: p.datetime() },
})

/** When the last poll began that a service answered. */
export class ServicePoll extends ServicePollSchema.class {}
ServicePollSchema.setClass(ServicePoll)

/** Columns, indexes and constraints. */
export const WaitSchema = defineEntity({
  name: 'Wait',
  tableName: 'waits',
  properties: {
    jobId: p.text().primary(),
    event: () => p.manyToOne(Event).mapToPk().nullable().deleteRule('cascade').index(),
    build: () => p.manyToOne(ArtifactBuild).mapToPk().nullable().deleteRule('cascade').index(),
    /** The service that is waited for; null when a result cannot be verified yet. */
    service: p.text().nullable(),
    /** All services that the job has waited for since it last made progress. */
    services: p.array().default([]),
    blame: p.text().nullable(),
    detail: p.text(),
    since: p.datetime(),
    /** Since when the job has waited for each service, and for a verification. */
    clocks: p.json<WaitClocks>().defaultRaw(`'{}'`),
    nextAt: p.datetime(),
    attempts: p.integer(),
  },
})

/** A job that waits without losing an attempt; the row is deleted when the job makes progress or is given up. */
export class Wait extends WaitSchema.class {}
WaitSchema.setClass(Wait)
