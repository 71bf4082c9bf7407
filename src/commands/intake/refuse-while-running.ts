/** Refuses a request for an advisory while an event of it is running (behaviour/freshmaker 3.4). */
import type { EntityManager } from '../../db/orm.ts'
import { lockRunningEvents } from '../../db/queries/requested-events.ts'
import { RequestRefused } from '../../domain/rebuild/intake/request-refused.ts'

/** In a transaction it also keeps new events of the advisory out until that ends. @throws RequestRefused with the original's text */
export async function refuseWhileRunning(em: EntityManager, searchKey: string): Promise<void> {
  const running = await lockRunningEvents(em, searchKey)
  if (running.length === 0) return
  const text =
    `Events triggered by advisory ${searchKey} are running: [${running.join(', ')}]. ` +
    'If you want to rebuild it anyway, use "force": true option.'
  throw new RequestRefused('invalid', text)
}
