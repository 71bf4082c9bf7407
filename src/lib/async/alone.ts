/** Skips work while the same is still under way. */

/** Does `work` unless some of the same name is under way; that is not waited for. */
export type Alone = (name: string, work: () => Promise<void>) => Promise<void>

/** For work that comes again soon, and would otherwise wait for a service that does not answer. */
export function createAlone(): Alone {
  const underWay = new Set<string>()
  return async (name, work) => {
    if (underWay.has(name)) return
    underWay.add(name)
    try {
      await work()
    } finally {
      underWay.delete(name)
    }
  }
}
