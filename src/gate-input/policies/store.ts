/** The policies in force: read at the start, and again when a change of the files has settled or on request. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import {
  BadPolicies,
  canBeRead,
  definitionFileNames,
  type PolicyFolders,
  type PolicySet,
  readPolicySet,
} from './load.ts'

/** The outcome of the last reload; `problems` is empty unless an older set is still in force. */
export type PolicyStatus = { loadedAt: Date; problems: readonly string[] }

/** The set in force is replaced as a whole: a decision that has taken one keeps using it. */
export type PolicyStore = {
  current(): PolicySet
  status(): PolicyStatus
  /**
   * Looks for a change of the files, as the timer does; one that has settled since the last look is read. If some files could
   * not be read, all are read once they can be. Never rejects.
   */
  look(): Promise<void>
  /** Reads everything again; an invalid set is logged, and the current one stays in force. Never rejects. */
  reload(): Promise<void>
  /** Stops watching the folders. */
  close(): Promise<void>
}

const CHECK_EVERY_MS = 2000

/**
 * Reads the folders, and looks for changes every `everyMs`: unlike notifications of the operating system, this
 * works on every file system. @throws BadSettings with all problems
 */
export async function openPolicyStore(
  folders: PolicyFolders,
  log: Logger,
  everyMs = CHECK_EVERY_MS,
): Promise<PolicyStore> {
  let seen = await fingerprint(folders)
  let lastSeen = seen
  let set = await readPolicySet(folders)
  let status: PolicyStatus = { loadedAt: new Date(), problems: [] }
  log.info(sizeOf(set), 'policies loaded')
  /** Whether files could not be read. Noted, because the fingerprint shows neither permissions nor a file system that is not mounted. */
  let isUnreadable = false
  let work = Promise.resolve()

  async function reload(): Promise<void> {
    const found = await fingerprint(folders)
    try {
      const read = await readPolicySet(folders)
      if ((await fingerprint(folders)) !== found) return // perhaps half of a change: it is read when it has settled
      refuseEmptied(set, read)
      set = read
      isUnreadable = false
      status = { loadedAt: new Date(), problems: [] }
      log.info(sizeOf(set), 'policies reloaded')
    } catch (error) {
      const problems = error instanceof BadPolicies ? error.problems : [messageOf(error)]
      isUnreadable = !(error instanceof BadPolicies) || error.isUnreadable
      log.error(
        { problems, since: status.loadedAt },
        'changed policies cannot be used, keeping the previous ones',
      )
      status = { ...status, problems }
    }
    seen = found
  }

  /** Waits until a change has settled: while files are being copied, policies are missing, and a set without them would let everything pass. */
  async function reloadIfSettled(): Promise<void> {
    const found = await fingerprint(folders)
    const hasSettled = found === lastSeen
    lastSeen = found
    if (hasSettled && (found !== seen || (isUnreadable && (await canBeRead(folders))))) await reload()
  }

  /** Runs one step after another: a slow older read must not replace a newer one. */
  function next(step: () => Promise<void>): Promise<void> {
    work = work.then(step)
    return work
  }

  const timer = setInterval(() => void next(reloadIfSettled), everyMs)
  timer.unref()
  return {
    current: () => set,
    status: () => status,
    look: () => next(reloadIfSettled),
    reload: () => next(reload),
    close: async () => {
      clearInterval(timer)
      await work
    },
  }
}

/** Refuses an emptied folder, which may be a file system that is not mounted: without policies some subjects would pass. */
function refuseEmptied(before: PolicySet, { policies, subjectTypes }: PolicySet): void {
  const emptied = [
    ...(before.policies.length > 0 && policies.length === 0 ? ['POLICIES_DIR'] : []),
    ...(before.subjectTypes.all.length > 0 && subjectTypes.all.length === 0 ? ['SUBJECT_TYPES_DIR'] : []),
  ]
  if (emptied.length === 0) return
  const problems = emptied.map(
    (name) => `${name}: nothing is left of what it had; if that is intended, restart`,
  )
  throw new BadPolicies(problems, false)
}

function sizeOf({ policies, subjectTypes }: PolicySet) {
  return { policies: policies.length, subjectTypes: subjectTypes.all.length }
}

/** Changes whenever a file is added, removed or modified; an unreadable folder has a fingerprint too. */
async function fingerprint({ POLICIES_DIR, SUBJECT_TYPES_DIR }: PolicyFolders): Promise<string> {
  const folders = [POLICIES_DIR, SUBJECT_TYPES_DIR].map(fingerprintOf)
  return (await Promise.all(folders)).join('\n')
}

async function fingerprintOf(folder: string): Promise<string> {
  try {
    const names = await definitionFileNames(folder)
    const files = names.map(async (name) => {
      const { mtimeMs, size, ino } = await stat(join(folder, name))
      return [name, mtimeMs, size, ino].join(' ')
    })
    return (await Promise.all(files)).join('\n')
  } catch (error) {
    return messageOf(error)
  }
}
