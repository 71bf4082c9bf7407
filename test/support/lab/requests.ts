/** Counts the HTTP requests that have reached a service of the lab. */
import type { World } from '../../../lab/world.ts'

/** All requests to this service since the world was created or reset. */
export function requestsTo({ requests }: World, service: string): number {
  return [...requests].reduce(
    (sum, [operation, count]) => sum + (operation.startsWith(`${service} `) ? count : 0),
    0,
  )
}
