/** Limits processes to a share of a core, by control groups of Linux: several small machines on one. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where groups are: with version 1 of control groups, and with version 2. */
const ROOTS = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup']
/** Short, so that a limited process is slow rather than stopped for long. */
const PERIOD_US = 20_000

/** Runs `work` while each of these processes has `share` of a core, with all its threads. */
export async function withProcessorShare<T>(
  pids: readonly number[],
  share: number,
  work: () => Promise<T>,
): Promise<T> {
  const root = rootOfGroups()
  const groups = pids.map((pid) => ({ pid, path: join(root, `freshwave-bench-${pid}`) }))
  try {
    for (const { pid, path } of groups) {
      mkdirSync(path)
      limit(path, Math.round(share * PERIOD_US))
      writeFileSync(join(path, 'cgroup.procs'), String(pid))
    }
    return await work()
  } finally {
    for (const { pid, path } of groups.filter((group) => existsSync(group.path))) {
      if (existsSync(`/proc/${pid}`)) writeFileSync(join(root, 'cgroup.procs'), String(pid))
      rmdirSync(path)
    }
  }
}

/** Whether this system has such groups, and this user may create them. */
export async function canShareProcessor(): Promise<boolean> {
  try {
    await withProcessorShare([process.pid], 1, async () => undefined)
    return true
  } catch {
    return false
  }
}

function rootOfGroups(): string {
  const root = ROOTS.find((path) => existsSync(join(path, 'cgroup.procs')))
  if (!root) throw new Error('this system has no control groups for processors')
  return root
}

function limit(path: string, quotaUs: number): void {
  const files = existsSync(join(path, 'cpu.max'))
    ? { 'cpu.max': `${quotaUs} ${PERIOD_US}` }
    : { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': String(quotaUs) }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
}
