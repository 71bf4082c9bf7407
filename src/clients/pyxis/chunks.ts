/** Queries long lists in chunks, adapting the chunk size to what the catalogue can handle. */
import { isSlow, type Patience } from './pages.ts'

/** `size` is the size of the first chunk; later chunks grow to at most four times that. */
export type ChunkOptions<I, O> = {
  size: number
  /** Queries one chunk. Rejects with `UpstreamError`. */
  read: (chunk: I[], patience: Patience) => Promise<O[]>
}

/** Number of chunks queried at once. */
const READERS = 4
const GROWTH = 1.25
/** How quickly the limit of a size that was too large is relaxed: by half a percent with each chunk read in time. */
const FORGETTING = 1.005

/**
 * Returns the results for all items, in no particular order. A chunk that takes the catalogue too long is read again in
 * halves; after each chunk read in time the size grows by a quarter, but stays below the size that was too large. Until
 * a first chunk was read in time, chunks are read one by one: a slow catalogue must not get four queries at once.
 */
export async function readInChunks<I, O>(items: readonly I[], options: ChunkOptions<I, O>): Promise<O[]> {
  const waiting = [...items]
  const answers: O[][] = []
  let { size } = options
  let tooLarge = options.size * 4
  let patience: Patience = 'some'

  async function readNext(): Promise<void> {
    const chunk = waiting.splice(0, Math.floor(size))
    const isSmallest = chunk.length === 1
    try {
      answers.push(await options.read(chunk, isSmallest ? 'all' : patience))
      size = Math.max(size, Math.min(size * GROWTH, tooLarge - 1))
      tooLarge = Math.min(tooLarge * FORGETTING, options.size * 4)
    } catch (error) {
      if (isSmallest || !isSlow(error)) {
        waiting.length = 0 // stops the other readers: the whole call fails
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
