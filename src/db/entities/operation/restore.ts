/** Table `restores`: when the database was restored from an older copy, and since when what happened is missing in it. */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const RestoreSchema = defineEntity({
  name: 'Restore',
  tableName: 'restores',
  properties: {
    id: p.integer().primary().autoincrement(),
    lostFrom: p.datetime(),
    restoredAt: p.datetime(),
  },
})

/** Between its two times tasks may have been created that no build here knows (decision 0063). */
export class Restore extends RestoreSchema.class {}
RestoreSchema.setClass(Restore)
