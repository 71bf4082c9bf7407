/** Table `users`: everyone who ever made an authenticated request (behaviour/freshmaker 1.3, 4). */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.integer().primary().autoincrement(),
    username: p.string().length(200).unique('users_username_unique'),
  },
})

/** A person or robot known by the name its authentication gave. */
export class User extends UserSchema.class {}
UserSchema.setClass(User)
