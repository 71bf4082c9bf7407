/** The policies in force: read at the start, and again when a file changes or somebody asks for it. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BadSettings, messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { definitionFileNames, type PolicyFolders, type PolicySet, readPolicySet } from './load.ts'

/** How the last attempt to read the folders ended; `problems` is empty unless the set in force is an older one. */
export type PolicyStatus = { loadedAt: Date; problems: readonly string[] }

/** The set in force is replaced as a whole: whoever has taken one goes on with it. */
export type PolicyStore = {
  current(): PolicySet
  status(): PolicyStatus
  /** Reads everything again; what cannot be used is logged and leaves the set in force as it is. Never rejects. */
  reload(): Promise<void>
  /** Ends the watching. */
  close(): Promise<void>
}

const LOOK_EVERY_MS = 2000

/**
 * Looks for changed files every `everyMs`: unlike notifications of the system that works on every file system.
 * @throws BadSettings with everything that is wrong
 */
export async function openPolicyStore(
  folders: PolicyFolders,
  log: Logger,
  everyMs = LOOK_EVERY_MS,
): Promise<PolicyStore> {
  let seen = await fingerprint(folders)
  let set = await readPolicySet(folders)
  let status: PolicyStatus = { loadedAt: new Date(), problems: [] }
  log.info(sizeOf(set), 'policies')
  let work = Promise.resolve()

  async function reload(): Promise<void> {
    seen = await fingerprint(folders)
    try {
      set = await readPolicySet(folders)
      status = { loadedAt: new Date(), problems: [] }
      log.info(sizeOf(set), 'policies read again')
    } catch (error) {
      const problems = error instanceof BadSettings ? error.problems : [messageOf(error)]
      status = { ...status, problems }
      log.error(
        { problems, since: status.loadedAt },
        'the changed policies cannot be used; the old ones stay',
      )
    }
  }

  async function look(): Promise<void> {
    if ((await fingerprint(folders)) !== seen) await reload()
  }

  /** One after the other: a slow older reading must not replace a newer one. */
  function next(step: () => Promise<void>): Promise<void> {
    work = work.then(step)
    return work
  }

  const timer = setInterval(() => void next(look), everyMs)
  timer.unref()
  return {
    current: () => set,
    status: () => status,
    reload: () => next(reload),
    close: async () => {
      clearInterval(timer)
      await work
    },
  }
}

function sizeOf({ policies, subjectTypes }: PolicySet) {
  return { policies: policies.length, subjectTypes: subjectTypes.all.length }
}

/** Equal as long as no file came, went or changed; a folder that cannot be read has one of its own. */
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
