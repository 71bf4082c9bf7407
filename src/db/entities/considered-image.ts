/** Table `considered_images`: for every image considered, whether it is rebuilt and the rule that decided so. */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const ConsideredImageSchema = defineEntity({
  name: 'ConsideredImage',
  tableName: 'considered_images',
  uniques: [{ name: 'considered_images_event_nvr_unique', properties: ['event', 'nvr'] }],
  checks: [{ name: 'considered_images_outcome_known', expression: "outcome in ('rebuild', 'not-rebuilt')" }],
  properties: {
    id: p.bigint('number').primary(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    nvr: p.text(),
    outcome: p.text().$type<'rebuild' | 'not-rebuilt'>(),
    rule: p.text(),
    reason: p.text(),
    details: p.json<Record<string, unknown>>().nullable(),
  },
})

/** One image that was looked at for an event; `rule` is a stable short name, `reason` a sentence. */
export class ConsideredImage extends ConsideredImageSchema.class {}
ConsideredImageSchema.setClass(ConsideredImage)
