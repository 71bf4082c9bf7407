/** Table `counters`: sums of the metric counters of all processes, so that any of them can show the whole. */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const CounterSchema = defineEntity({
  name: 'Counter',
  tableName: 'counters',
  properties: {
    name: p.text().primary(),
    value: p.bigint('number').default(0),
    createdAt: p.datetime().defaultRaw('now()'),
  },
})

/** A counter by its metric name; increments are added by each process every few seconds. */
export class Counter extends CounterSchema.class {}
CounterSchema.setClass(Counter)
