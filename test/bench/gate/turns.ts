/** Measures two servers in turns, so that other load of the machine affects both. */
import { Pool } from 'undici'
import { processorMs } from '../../support/programs/processor-time.ts'
import { median } from '../statistics.ts'
import { sendAll } from './decisions.ts'

/** A server to measure: its address and its process. */
export type Measured = { url: string; pid: number }

/** A turn: requests per second, and milliseconds of the server's processor time for each of them. */
export type Turn = { perSecond: number; cpuMs: number }

/** The turns of both servers, in consecutive pairs. */
export type Turns = readonly { left: Turn; right: Turn }[]

/** Sends all `bodies` in each turn, from `clients` concurrent clients; the first turn of each server is a warm-up. */
export async function takeTurns(
  { left, right }: { left: Measured; right: Measured },
  bodies: readonly string[],
  { turns, clients }: { turns: number; clients: number },
): Promise<Turns> {
  const measure = async ({ url, pid }: Measured): Promise<Turn> => {
    const pool = new Pool(url, { connections: clients })
    const before = processorMs(pid)
    const { ms } = await sendAll(pool, bodies, clients)
    const cpuMs = processorMs(pid) - before
    await pool.close()
    return { perSecond: (bodies.length * 1000) / ms, cpuMs: cpuMs / bodies.length }
  }
  const taken: { left: Turn; right: Turn }[] = []
  for (let turn = 0; turn <= turns; turn += 1)
    taken.push({ left: await measure(left), right: await measure(right) })
  return taken.slice(1)
}

/** The median over all turns of the number that `read` returns for each. */
export function medianOf(turns: Turns, read: (turn: Turns[number]) => number): number {
  return median(turns.map(read))
}
