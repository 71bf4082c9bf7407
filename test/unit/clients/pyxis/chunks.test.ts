/** Reading a long list in chunks: what a failure of one of them means for the others. */
import { expect, it } from 'vitest'
import { readInChunks } from '../../../../src/clients/pyxis/chunks.ts'
import { UpstreamError } from '../../../../src/lib/errors.ts'

it('the client reads nothing more after a failure, even when a chunk was too slow meanwhile', async () => {
  const slow = Promise.withResolvers<string[]>()
  const failing = Promise.withResolvers<string[]>()
  const answers = [Promise.resolve(['first']), slow.promise, failing.promise]
  let reads = 0
  const read = () => {
    reads += 1
    return answers.shift() ?? new Promise<string[]>(() => undefined)
  }
  const items = Array.from({ length: 100 }, (_, index) => index)
  const done = readInChunks(items, { size: 2, read })
  const refused = new UpstreamError({ service: 'pyxis', failure: 'status', detail: 'HTTP 400', status: 400 })
  failing.reject(refused)
  await expect(done).rejects.toBe(refused)
  const before = reads
  slow.reject(new UpstreamError({ service: 'pyxis', failure: 'timeout', detail: 'no answer' }))
  await slow.promise.catch(() => undefined)
  await Promise.resolve()
  expect(reads).toBe(before)
})
