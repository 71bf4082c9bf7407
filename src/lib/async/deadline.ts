/** Runs work with a time limit. */

/**
 * Runs `work` with a signal that aborts when the time is up, when `parent` aborts, or when the work itself fails, so
 * that nothing it started goes on without a purpose. Unlike `AbortSignal.timeout`, it leaves no timer behind.
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  parent?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = () => controller.abort(parent?.reason instanceof Error ? parent.reason : undefined)
  const timer = setTimeout(() => controller.abort(timeoutError(milliseconds)), milliseconds)
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

/** The same name as that of the error from `AbortSignal.timeout`. */
function timeoutError(milliseconds: number): DOMException {
  return new DOMException(`not done within ${milliseconds} ms`, 'TimeoutError')
}

/** @throws Error if `work` takes longer than `ms`; the work itself continues, and its result is ignored. */
export async function withinTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
