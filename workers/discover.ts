/** Queue `discover`: finds what an event affects. Safe to repeat: findings are stored once, only while INITIALIZED. */
import { discoverImages } from '../src/commands/discover-images.ts'
import type { WorkerOf } from './run.ts'

/** Gathers and stores the findings of one event, or skips the event with a reason. */
export const discover: WorkerOf<'discover'> = (ctx, { eventId }, { isLast }) =>
  discoverImages(ctx, eventId, isLast)
