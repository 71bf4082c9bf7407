/** Queries long lists in chunks whose size adapts to what the catalogue can handle. */
import { isSlow, type PagePatience } from './pages.ts'

/** `size` is that of the first chunk; the largest is four times as large. */
export type ChunkOptions<I, O> = {
  size: number
  /** Reads one chunk. Rejects with `UpstreamError`. */
  read: (chunk: I[], patience: PagePatience) => Promise<O[]>
}

/** Chunks that are read at once. */
const READERS = 4
const GROWTH = 1.25
/** How quickly a size that was too large is forgotten: the limit grows by half a percent with each chunk that comes in time. */
const FORGETTING = 1.005

/**
 * Answers for all items, in no particular order. A chunk that takes the catalogue too long is read again in halves;
 * after each one that comes in time they grow by a quarter, up to what was too large before. One chunk is read alone
 * until one came in time: a catalogue that is slow already must not get four requests at once.
 */
export async function readInChunks<I, O>(items: readonly I[], options: ChunkOptions<I, O>): Promise<O[]> {
  const waiting = [...items]
  const answers: O[][] = []
  let { size } = options
  let tooLarge = options.size * 4
  let patience: PagePatience = 'some'
  let hasFailed = false

  async function readNext(): Promise<void> {
    const chunk = waiting.splice(0, Math.floor(size))
    const isSmallest = chunk.length === 1
    try {
      answers.push(await options.read(chunk, isSmallest ? 'all' : patience))
      size = Math.max(size, Math.min(size * GROWTH, tooLarge - 1))
      tooLarge = Math.min(tooLarge * FORGETTING, options.size * 4)
    } catch (error) {
      if (hasFailed || isSmallest || !isSlow(error)) {
        hasFailed = true
        waiting.length = 0 // the other readers stop too
        throw error
      }
      waiting.unshift(...chunk)
      size = Math.min(size, Math.ceil(chunk.length / 2))
      tooLarge = Math.min(tooLarge, chunk.length)
      patience = 'none' // smaller pages did not help
    }
  }

  async function readAll(): Promise<void> {
    while (waiting.length > 0) await readNext()
  }

  while (waiting.length > 0 && answers.length === 0) await readNext()
  await Promise.all(Array.from({ length: READERS }, readAll))
  return answers.flat()
}
