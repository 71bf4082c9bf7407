/** The processes of embedded PostgreSQL servers, as the system lists them. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../../src/db/client.ts'
import { readCluster, urlOf } from '../../../src/db/embedded/cluster.ts'
import { identityOf } from '../../../src/db/embedded/process-identity.ts'
import { KEEPER } from '../../../src/db/embedded/sessions.ts'

/** Pids of the servers (not their helpers) on the data of this DATA_DIR. */
export function serversOf(folder: string): number[] {
  const cluster = readCluster(folder)
  return cluster ? running(['-D', cluster.data]) : []
}

/** Pids of the keepers that look after the server of this DATA_DIR. */
export function keepersOf(folder: string): number[] {
  return running([/embedded\/keeper\.ts$/, realpathSync(folder)])
}

/** Waits until keepers have counted the users of this server `times` times; its own connection is not a user. */
export async function untilUsersCounted(folder: string, times: number): Promise<void> {
  const cluster = readCluster(folder)
  if (!cluster) throw new Error(`no server in ${folder}`)
  const client = createClient(urlOf(cluster, 'postgres'), KEEPER)
  await client.connect()
  const counts = new Set<string>()
  while (counts.size < times) {
    const { rows } = await client.query<{ at: string }>(
      `select state_change::text as at from pg_stat_activity
       where application_name = $1 and pid <> pg_backend_pid() and query ~ 'count'`,
      [KEEPER],
    )
    for (const { at } of rows) counts.add(at)
    await sleep(200)
  }
  await client.end()
}

/** Processes with these consecutive arguments; a freshly forked child, which still has those of its parent, is left out. */
function running(expected: (string | RegExp)[]): number[] {
  const found = withArguments(expected)
  return found.filter((pid) => !found.includes(parentOf(pid)))
}

function withArguments(expected: (string | RegExp)[]): number[] {
  const matches = (argument: string, pattern: string | RegExp) =>
    typeof pattern === 'string' ? argument === pattern : pattern.test(argument)
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && identityOf(pid))
    .filter((pid) => {
      const args = argumentsOf(pid)
      return args.some((_, at) => expected.every((pattern, n) => matches(args[at + n] ?? '', pattern)))
    })
}

function argumentsOf(pid: number): string[] {
  const file = `/proc/${pid}/cmdline`
  try {
    return existsSync(file) ? readFileSync(file, 'utf8').split('\0') : []
  } catch {
    return [] // it has just ended
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}
