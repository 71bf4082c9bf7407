/** Limits the time work may take: it is abandoned after a while, or when its caller gives up. */

/**
 * Does the work with a signal that ends when the time is over, with `parent`, or when the work itself has failed, so
 * that nothing it started continues without a caller. Unlike `AbortSignal.timeout` it leaves no timer behind.
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  parent?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = () => controller.abort(parent?.reason instanceof Error ? parent.reason : undefined)
  const timer = setTimeout(() => controller.abort(tooLate(milliseconds)), milliseconds)
  parent?.addEventListener('abort', giveUp, { once: true })
  try {
    return await work(controller.signal)
  } catch (error) {
    controller.abort()
    throw error
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', giveUp)
  }
}

/** The same kind of error as that of `AbortSignal.timeout`. */
function tooLate(milliseconds: number): DOMException {
  return new DOMException(`not done within ${milliseconds} ms`, 'TimeoutError')
}

/** @throws what `tooLong` makes when `work` takes longer than `ms`; the work itself continues and its end is ignored. */
export async function withinTime<T>(
  work: Promise<T>,
  ms: number,
  tooLong = () => new Error(`no answer within ${ms} ms`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong()), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Rejects with the reason of `signal` when that ends first; the work itself continues and its end is ignored. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    const settled = () => signal.removeEventListener('abort', giveUp)
    work.then(
      (value) => {
        settled()
        resolve(value)
      },
      (error: unknown) => {
        settled()
        reject(error)
      },
    )
  })
}
