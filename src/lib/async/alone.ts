/** Skips work while the same is still under way. */

/** Does `work`, or returns immediately while work of the same name is still under way. */
export type Alone = (name: string, work: () => Promise<void>) => Promise<void>

/** For work that is repeated soon anyway, and would otherwise pile up behind a service that does not answer. */
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
