/** Limits the attempts that several calls make together to reach a service that is down: otherwise each would have a limit of its own. */

/** Shared by all calls for one purpose, such as a decision. Every `begin` needs its `end`. */
export type AttemptLimit = {
  /** Waits until one more attempt may be under way. @throws the last failure when the limit is used up */
  begin(): Promise<void>
  /** Without `failure` the service works, and all attempts are allowed again. */
  end(failure?: Error): void
  isUsedUp(): boolean
}

type Waiting = { proceed: () => void; refuse: (failure: Error | undefined) => void }

/** Until an attempt succeeds there are at most `max` of them, counting those under way. */
export function createAttemptLimit(max: number): AttemptLimit {
  const waiting: Waiting[] = []
  let underWay = 0
  let failed = 0
  let lastFailure: Error | undefined
  const isUsedUp = () => failed >= max

  function admit(): void {
    while (waiting.length > 0 && (isUsedUp() || underWay + failed < max)) {
      const next = waiting.shift()
      if (isUsedUp()) next?.refuse(lastFailure)
      else {
        underWay += 1
        next?.proceed()
      }
    }
  }

  return {
    begin: () =>
      new Promise((proceed, refuse) => {
        waiting.push({ proceed, refuse })
        admit()
      }),
    end: (failure) => {
      underWay -= 1
      failed = failure ? failed + 1 : 0
      lastFailure = failure ?? lastFailure
      admit()
    },
    isUsedUp,
  }
}

/** The limit of each service by its name, made when it is first needed. */
export type AttemptLimits = (service: string) => AttemptLimit

/** New limits, each of `max` attempts. */
export function createAttemptLimits(max: number): AttemptLimits {
  const limits = new Map<string, AttemptLimit>()
  return (service) => {
    const limit = limits.get(service) ?? createAttemptLimit(max)
    limits.set(service, limit)
    return limit
  }
}
