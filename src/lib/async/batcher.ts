/** Collects single requests from many callers into few batches, without delaying a lone caller. */
import { forAll, waitingContext } from '../tracing/span.ts'
import { type BatchResult, contextsOf, deliver, settle, type Waiting } from './batch.ts'
import type { TokenBucket } from './token-bucket.ts'

/** What to do with a batch, how large it gets and when it leaves. */
export type BatcherOptions<I, O> = {
  /** Returns one result per item, in order; if it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** A batch that is not full takes its turn here; a full one needs none. */
  bucket: TokenBucket
  /** Maximum number of batches in progress at once. */
  maxInFlight: number
}

/**
 * Returns a function that processes one item. While the bucket has tokens, an item leaves at once, together with those
 * added in the same turn of the event loop; otherwise items are collected until the next token or, while `maxInFlight`
 * batches are in progress, until one of them finishes. A full batch does not wait for a token.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  return createCarriedBatcher({ ...options, maxCarried: 0, weightOf: () => 0 }).join
}

/** What can wait leaves with what cannot, after so long by itself, or at once while there are plenty of tokens. */
const PATIENCE_MS = 1000

/** How much of a carrier's batch the items may take: their weights, and the sum of those. */
export type CarriedOptions<I, O> = BatcherOptions<I, O> & {
  weightOf: (item: I) => number
  maxCarried: number
}

/**
 * Processes a batch of its own and with it what it carries, `run` above for the former. Without `carried`, or when it throws,
 * nothing became of what was carried: that then leaves by itself.
 */
export type Carrier<C, D, I, O> = (
  items: C[],
  carried: I[],
) => Promise<{ results: BatchResult<D>[]; carried?: BatchResult<O>[] }>

/** `join` is the function of `createBatcher`; `mayWait`: nothing depends on the item for the moment. */
export type CarriedBatcher<I, O> = {
  join: (item: I, urgency?: { mayWait: boolean }) => Promise<O>
  /** The same for items of another kind, one batch at a time, which take along what waits here. */
  addCarrier<C, D>(run: Carrier<C, D, I, O>): (item: C) => Promise<D>
}

/** What can leave on a token. `isDue`: it is worth one, while what can wait is not. */
type Lane = { isFull(): boolean; mayLeave(): boolean; isDue(): boolean; send(): void }

/** A batcher whose items need no token of their own where another batch, of a carrier, leaves anyway. */
export function createCarriedBatcher<I, O>(options: CarriedOptions<I, O>): CarriedBatcher<I, O> {
  const { maxItems, maxInFlight, bucket, weightOf, maxCarried } = options
  const waiting: (Waiting<I, O> & { dueAt: number; staysBehind?: true })[] = [] // what is due first comes first
  const carriers: Lane[] = []
  let inFlight = 0
  let isPassedOver = false // the last carrier has left some behind: then the next turn is theirs
  let withdraw: (() => void) | undefined
  let alarm: NodeJS.Timeout | undefined

  const own: Lane = {
    isFull: () => inFlight < maxInFlight && waiting.length >= maxItems,
    mayLeave: () => inFlight < maxInFlight && waiting.length > 0,
    isDue: () => own.mayLeave() && (dueInMs() <= 0 || bucket.isPlentiful()),
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
    for (const lane of [...carriers, own]) while (lane.isFull()) lane.send()
    if ([own, ...carriers].some((lane) => lane.isDue())) withdraw ??= bucket.turn(takeTurn)
    else {
      withdraw?.()
      withdraw = undefined
    }
    clearTimeout(alarm)
    if (own.mayLeave() && dueInMs() > 0) alarm = setTimeout(schedule, Math.ceil(dueInMs()))
  }

  /** Milliseconds until the first of those that wait has to leave. */
  function dueInMs(): number {
    return (waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY) - performance.now()
  }

  function takeTurn(): void {
    withdraw = undefined
    const lanes = isPassedOver && own.isDue() ? [own, ...carriers] : [...carriers, own]
    lanes.find((lane) => lane.mayLeave())?.send()
    schedule()
  }

  function takeAlong(room: number): typeof waiting {
    let weightLeft = maxCarried
    const carried: typeof waiting = []
    const left = waiting.splice(0).filter((one) => {
      const weight = weightOf(one.item)
      const stays = one.staysBehind || carried.length === room || weight > weightLeft
      if (stays) return true
      weightLeft -= weight
      carried.push(one)
      return false
    })
    waiting.push(...left)
    isPassedOver = left.length > 0
    return carried
  }

  function addCarrier<C, D>(run: Carrier<C, D, I, O>): (item: C) => Promise<D> {
    const items: Waiting<C, D>[] = []
    let isUnderWay = false

    async function leave(batch: Waiting<C, D>[], carried: typeof waiting): Promise<void> {
      let left = carried
      try {
        const all = [...contextsOf(batch), ...contextsOf(carried)]
        const done = await forAll(all, () => run(batch.map(itemOf), carried.map(itemOf)))
        settle(batch, done.results)
        if (done.carried) settle(carried, done.carried)
        if (done.carried) left = []
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      waiting.unshift(...left.map((one) => ({ ...one, staysBehind: true as const })))
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
    return (item) => added(item, (one) => items.push(one))
  }

  function added<J, P>(item: J, add: (one: Waiting<J, P>) => unknown): Promise<P> {
    return new Promise((resolve, reject) => {
      add({ item, resolve, reject, context: waitingContext() })
      schedule()
    })
  }

  function join(item: I, { mayWait } = { mayWait: false }): Promise<O> {
    const dueAt = performance.now() + (mayWait ? PATIENCE_MS : 0)
    return added(item, (one: Waiting<I, O>) => {
      const before = waiting.findLastIndex((other) => other.dueAt <= dueAt)
      waiting.splice(before + 1, 0, { ...one, dueAt })
    })
  }

  return { join, addCarrier }
}

function itemOf<I>({ item }: { item: I }): I {
  return item
}
