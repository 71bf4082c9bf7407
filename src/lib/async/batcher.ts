/** Collects single requests from many callers into few batches, without delaying a lone caller. */
import { forAll, waitingContext } from '../tracing/span.ts'
import { type BatchResult, contextsOf, deliver, settle, type Waiting } from './batch.ts'
import type { TokenBucket } from './token-bucket.ts'

/** What to do with a batch, how large it gets and when it leaves. */
export type BatcherOptions<I, O> = {
  /** Returns one result per item, in order; if it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** A batch that is not full needs a token of this bucket to leave; a full one does not. */
  bucket: TokenBucket
  /** Maximum number of batches in progress at once. */
  maxInFlight: number
}

/**
 * Returns a function that processes one item. While the bucket has tokens, an item leaves immediately, together with those
 * added in the same turn of the event loop; otherwise items are collected until the next token or, while `maxInFlight`
 * batches are in progress, until one of them finishes. A full batch does not wait for a token.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  return createCarriedBatcher({ ...options, maxCarried: 0, weightOf: () => 0 }).join
}

/** An item that may wait leaves together with one that may not, by itself after this time, or immediately while tokens are plentiful. */
const PATIENCE_MS = 1000

/** The items that one batch of a carrier takes along weigh at most `maxCarried` together. */
export type CarriedOptions<I, O> = BatcherOptions<I, O> & {
  weightOf: (item: I) => number
  maxCarried: number
}

/**
 * Processes a batch of its own kind and the items that it carries; results are as those of `run`. When `carried` is missing in
 * what it returns, or it throws, the carried items were not processed: they leave later without a carrier.
 */
export type Carrier<C, D, I, O> = (
  items: C[],
  carried: I[],
) => Promise<{ results: BatchResult<D>[]; carried?: BatchResult<O>[] }>

/** `join` is the function that `createBatcher` returns; `mayWait`: nothing depends on the item for the moment. */
export type CarriedBatcher<I, O> = {
  join: (item: I, urgency?: { mayWait: boolean }) => Promise<O>
  /** The same function for items of another kind, which leave one batch at a time and take along what waits here. */
  addCarrier<C, D>(run: Carrier<C, D, I, O>): (item: C) => Promise<D>
}

/** A queue of items that leave in batches. `isDue`: a token should be spent on it now; items that may wait do not justify one. */
type Lane = { isFull(): boolean; mayLeave(): boolean; isDue(): boolean; send(): void }

/** A batcher whose items need no token of their own when the batch of a carrier leaves anyway. */
export function createCarriedBatcher<I, O>(options: CarriedOptions<I, O>): CarriedBatcher<I, O> {
  const { maxItems, maxInFlight, bucket, weightOf, maxCarried } = options
  /** Ordered by `dueAt`. `staysBehind`: a carrier has failed to process it, so it leaves without one. */
  const waiting: (Waiting<I, O> & { dueAt: number; staysBehind?: true })[] = []
  const carriers: Lane[] = []
  let inFlight = 0
  let isPassedOver = false // the last carrier had no room for all: then the next turn is not a carrier's
  let withdraw: (() => void) | undefined
  let alarm: NodeJS.Timeout | undefined

  const ownLane: Lane = {
    isFull: () => inFlight < maxInFlight && waiting.length >= maxItems,
    mayLeave: () => inFlight < maxInFlight && waiting.length > 0,
    isDue: () => ownLane.mayLeave() && (dueInMs() <= 0 || bucket.isPlentiful()),
    send: () => {
      isPassedOver = false
      inFlight += 1
      void deliver(options, waiting.splice(0, maxItems)).then(() => {
        inFlight -= 1
        schedule()
      })
    },
  }

  function schedule(): void {
    for (const lane of [...carriers, ownLane]) while (lane.isFull()) lane.send()
    if ([ownLane, ...carriers].some((lane) => lane.isDue())) withdraw ??= bucket.turn(takeTurn)
    else {
      withdraw?.()
      withdraw = undefined
    }
    clearTimeout(alarm)
    if (ownLane.mayLeave() && dueInMs() > 0) alarm = setTimeout(schedule, Math.ceil(dueInMs()))
  }

  /** Milliseconds until the first waiting item has to leave. */
  function dueInMs(): number {
    return (waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY) - performance.now()
  }

  function takeTurn(): void {
    withdraw = undefined
    const lanes = isPassedOver && ownLane.isDue() ? [ownLane, ...carriers] : [...carriers, ownLane]
    lanes.find((lane) => lane.mayLeave())?.send()
    schedule()
  }

  function takeAlong(room: number): typeof waiting {
    let weightLeft = maxCarried
    const carried: typeof waiting = []
    const remaining = waiting.splice(0).filter((entry) => {
      const weight = weightOf(entry.item)
      const stays = entry.staysBehind || carried.length === room || weight > weightLeft
      if (stays) return true
      weightLeft -= weight
      carried.push(entry)
      return false
    })
    waiting.push(...remaining)
    isPassedOver = remaining.length > 0
    return carried
  }

  function addCarrier<C, D>(run: Carrier<C, D, I, O>): (item: C) => Promise<D> {
    const items: Waiting<C, D>[] = []
    let isUnderWay = false

    async function leave(batch: Waiting<C, D>[], carried: typeof waiting): Promise<void> {
      let unprocessed = carried
      try {
        const contexts = [...contextsOf(batch), ...contextsOf(carried)]
        const done = await forAll(contexts, () => run(batch.map(itemOf), carried.map(itemOf)))
        settle(batch, done.results)
        if (done.carried) settle(carried, done.carried)
        if (done.carried) unprocessed = []
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      waiting.unshift(...unprocessed.map((entry) => ({ ...entry, staysBehind: true as const })))
      waiting.sort((left, right) => left.dueAt - right.dueAt) // others may have come meanwhile, or stayed
    }

    carriers.push({
      isFull: () => !isUnderWay && items.length >= maxItems,
      mayLeave: () => !isUnderWay && items.length > 0,
      isDue: () => !isUnderWay && items.length > 0,
      send: () => {
        isUnderWay = true
        const batch = items.splice(0, maxItems)
        void leave(batch, takeAlong(maxItems - batch.length)).then(() => {
          isUnderWay = false
          schedule()
        })
      },
    })
    return (item) => enqueue(item, (entry) => items.push(entry))
  }

  function enqueue<J, P>(item: J, add: (entry: Waiting<J, P>) => unknown): Promise<P> {
    return new Promise((resolve, reject) => {
      add({ item, resolve, reject, context: waitingContext() })
      schedule()
    })
  }

  function join(item: I, { mayWait } = { mayWait: false }): Promise<O> {
    const dueAt = performance.now() + (mayWait ? PATIENCE_MS : 0)
    return enqueue(item, (entry: Waiting<I, O>) => {
      const before = waiting.findLastIndex((earlier) => earlier.dueAt <= dueAt)
      waiting.splice(before + 1, 0, { ...entry, dueAt })
    })
  }

  return { join, addCarrier }
}

function itemOf<I>({ item }: { item: I }): I {
  return item
}
