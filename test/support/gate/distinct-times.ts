/** Submission times of results and waivers: each is later than all before it, so that their order is never in doubt. */

/** Returns a function for the next time, up to `maxStepUs` microseconds later: `YYYY-MM-DDTHH:MM:SS.ffffff`. */
export function createDistinctTimes(random: () => number, maxStepUs: number): () => string {
  let clockUs = Date.now() * 1000
  return () => {
    clockUs += 1 + Math.floor(random() * maxStepUs)
    return `${new Date(clockUs / 1000).toISOString().slice(0, 23)}${String(clockUs % 1000).padStart(3, '0')}`
  }
}
