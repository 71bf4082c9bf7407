/** Checks how reads are combined into requests: few requests, none with an answer that is too long. */
import { expect, it } from 'vitest'
import { createReads } from '../../../../../src/clients/koji/hub/reads.ts'
import type { Post } from '../../../../../src/clients/koji/hub/transport.ts'
import { createTokenBucket } from '../../../../../src/lib/async/token-bucket.ts'
import { createLog } from '../../../../../src/lib/log.ts'

type Inner = { methodName: string; params: number[] }

/** A hub that answers each call with as many structs as its first parameter requests. */
function countingHub() {
  const requests: Inner[][] = []
  const post: Post = async ({ method, params }) => {
    if (method !== 'multiCall') {
      const call = { methodName: method, params: params as number[] } // each call has one number
      requests.push([call])
      return answerTo(call)
    }
    const calls = params[0] as unknown as Inner[] // what multiCall makes of calls with one number each
    requests.push(calls)
    return calls.map((call) => [answerTo(call)])
  }
  const answerTo = ({ params: [structs = 0] }: Inner) => Array.from({ length: structs }, () => ({}))
  const reads = createReads({
    post,
    retry: { attempts: 1, firstDelayMs: 1 },
    log: createLog('silent'),
    bucket: createTokenBucket({ perSecond: 1000, burst: 1 }),
    maxInFlight: 10,
  })
  const send = (which: 'one' | 'oneLong', structs: number, times: number) =>
    Promise.all(Array.from({ length: times }, () => reads[which]({ method: 'listRPMs', params: [structs] })))
  return { reads, requests, send, sizes: () => requests.map((calls) => calls.length) }
}

it('the client puts a hundred short calls into one request', async () => {
  const { send, sizes } = countingHub()
  await send('one', 1, 250)
  expect(sizes()).toEqual([100, 100, 50])
})

it('the client puts few long calls into one request until it knows how long their answers are', async () => {
  const { send, sizes } = countingHub()
  await send('oneLong', 400, 30)
  expect(sizes()).toEqual([10, 10, 10])
  await send('oneLong', 400, 30)
  expect(sizes().slice(3)).toEqual([25, 5])
})

it('the client sends calls one by one if a single answer exceeds the limit', async () => {
  const { send, sizes } = countingHub()
  await send('oneLong', 20_000, 1)
  await send('oneLong', 20_000, 3)
  expect(sizes()).toEqual([1, 1, 1, 1])
})

it('the client combines long and short calls, and returns to each its own answer', async () => {
  const { send, sizes } = countingHub()
  const [short, long] = await Promise.all([send('one', 2, 3), send('oneLong', 700, 3)])
  expect(sizes()).toEqual([6])
  expect(short.map((answer) => (Array.isArray(answer) ? answer.length : -1))).toEqual([2, 2, 2])
  expect(long.map((answer) => (Array.isArray(answer) ? answer.length : -1))).toEqual([700, 700, 700])
})

it('a call that XML cannot carry fails by itself, as an unknown thing, and the others are sent', async () => {
  const { reads, requests } = countingHub()
  const call = (name: number | string) => ({ method: 'getBuild', params: [name] })
  const results = await reads.many([call('a\0-1-1'), call(1), call('\ud800'), call(2)])
  expect(results.map(({ ok }) => ok)).toEqual([false, true, false, true])
  expect(results[0]).toMatchObject({ error: { code: 1000, blame: 'thing' } })
  expect(requests.flat()).toHaveLength(2)
  expect(await reads.many([call('\0')])).toMatchObject([{ ok: false }])
  expect(requests).toHaveLength(1)
})
