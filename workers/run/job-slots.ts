/** Reserves half of the slots of a queue for jobs that were not postponed before (decision 0074). */
import { NotReady } from '../../src/lib/errors.ts'

/** Random within these limits, so that refused jobs do not all come back at once. */
const PAUSE_MS = { min: 1000, max: 5000 }

/**
 * Takes a slot for a job. In PostgreSQL a postponed job keeps its number and runs before newer ones: if such jobs,
 * each of which waits long for a service, filled every slot, newer jobs would never run.
 * @returns what to call when the job has ended @throws NotReady while half of the slots are taken by such jobs
 */
export function createJobSlots(slots: number): (wasPostponed: boolean) => () => void {
  const max = Math.max(1, Math.floor(slots / 2))
  let taken = 0
  return (wasPostponed) => {
    if (!wasPostponed) return () => undefined
    if (taken >= max) {
      const pauseMs = PAUSE_MS.min + Math.random() * (PAUSE_MS.max - PAUSE_MS.min)
      throw new NotReady('half of the slots of the queue are taken by postponed jobs', pauseMs)
    }
    taken += 1
    return () => {
      taken -= 1
    }
  }
}
