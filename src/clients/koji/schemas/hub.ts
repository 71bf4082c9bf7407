/** Shapes of the hub's answers about itself: our login, its tags and its build targets (behaviour/koji 4). */
import { z } from 'zod'
import { recordsOf } from '../../../lib/records.ts'
import { id, optionalText } from './wire.ts'

/** Answer of the login methods. */
export const loginSchema = z
  .object({ 'session-id': id, 'session-key': z.string(), 'header-auth': z.boolean().optional() })
  .transform((wire) => ({
    id: wire['session-id'],
    key: wire['session-key'],
    headerAuth: wire['header-auth'] === true,
  }))
export type SessionKey = z.output<typeof loginSchema>

/** `getLoggedInUser`. */
export const userSchema = z.object({ id, name: optionalText }).nullable()
export type KojiUser = NonNullable<z.output<typeof userSchema>>

/** `listTags` and `listTagged`, cut to what choosing a tag needs. */
export const tagsSchema = recordsOf(z.object({ name: z.string() }))
export type KojiTag = z.output<typeof tagsSchema>['read'][number]
export const taggedSchema = recordsOf(z.object({ nvr: z.string() }))
export type TaggedBuilds = z.output<typeof taggedSchema>

/** `getBuildTarget`. */
export const targetSchema = z
  .object({ id, name: z.string(), build_tag_name: z.string(), dest_tag_name: z.string() })
  .transform(({ build_tag_name, dest_tag_name, ...target }) => ({
    ...target,
    buildTag: build_tag_name,
    destTag: dest_tag_name,
  }))
  .nullable()
export type BuildTarget = NonNullable<z.output<typeof targetSchema>>
