/** Removes the folder of a server that was killed. */
import { rm } from 'node:fs/promises'

/**
 * Removes it with everything in it. A fork of the server, such as the one by which Redis rewrites its log, ends a moment
 * after the server and may still create files, so that the folder is not empty when it is to be removed.
 */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 20 })
