/** Reads the event, builds and request from which the parts of an event's page are made. */
import type { Context } from '../../../context.ts'
import { type EventBuild, eventBuilds } from '../../../db/queries/pages/event-builds.ts'
import { eventExists, type MinEventRecord, minEventById } from '../../../db/queries/records/event-rows.ts'
import type { ApiDoor, PageRequest } from '../../door.ts'

/** An event with all its builds, and the request for its page. */
export type EventView = {
  c: PageRequest
  ctx: Context
  door: ApiDoor
  event: MinEventRecord
  builds: EventBuild[]
}

/** A request whose path names an event that does not exist. */
export class NoSuchEvent extends Error {
  override readonly name = 'NoSuchEvent'
}

/** @throws NoSuchEvent when there is no event with the `:id` of the path */
export async function viewOf(c: PageRequest, ctx: Context, door: ApiDoor): Promise<EventView> {
  const em = ctx.db.fork()
  const id = Number(c.req.param('id'))
  const event = (await eventExists(em, id)) ? await minEventById(em, id) : undefined
  if (!event) throw new NoSuchEvent(`There is no event ${c.req.param('id')}.`)
  return { c, ctx, door, event, builds: await eventBuilds(em, event.id) }
}
