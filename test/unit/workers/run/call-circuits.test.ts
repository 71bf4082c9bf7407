/** Circuits before calls: which jobs may make a call that has failed for others. */
import { expect, it } from 'vitest'
import type { DistGitClient } from '../../../../src/clients/distgit/client.ts'
import type { Clients } from '../../../../src/clients/index.ts'
import { NotReady, ServiceInTrouble, UpstreamError } from '../../../../src/lib/errors.ts'
import { createCallCircuits, guardHosts } from '../../../../workers/run/call-circuits.ts'

const NO_ANSWER = new UpstreamError({ service: 'errata', failure: 'timeout', detail: 'no answer' })
const NOT_FOUND = new UpstreamError({ service: 'errata', failure: 'status', detail: 'HTTP 404', status: 404 })

/** A client whose calls end as the test decides; `job` makes one in the name of a job. */
function world() {
  let now = 0
  let end: () => Promise<unknown> = async () => 'ASYNC'
  const errata = {
    releaseType: () => end(),
    summary: async () => null,
    warmUp: () => undefined,
  }
  const clientsFor = createCallCircuits(() => now)
  const clientsOf = (name: string) => clientsFor({ errata } as unknown as Clients, name) // no other is called
  return {
    clientsOf,
    job: async (name: string) => clientsOf(name).errata?.releaseType(1),
    ends: (next: typeof end) => {
      end = next
    },
    fails: (error: Error) => {
      end = () => Promise.reject(error)
    },
    later: (ms: number) => {
      now += ms
    },
  }
}

it('circuits refuse no other job when a call fails for one job only, however often', async () => {
  const { job, fails, ends } = world()
  fails(NO_ANSWER)
  for (let n = 0; n < 5; n++) await expect(job('a')).rejects.toBe(NO_ANSWER)
  ends(async () => 'QUARTERLY')
  expect(await Promise.all([job('a'), job('b'), job('c')])).toEqual(Array(3).fill('QUARTERLY'))
})

it('circuits report that a service has answered the job, also by a refusal, but not that it is away', async () => {
  let answers = 0
  const ends: (() => Promise<unknown>)[] = [
    async () => 'QUARTERLY',
    () => Promise.reject(NOT_FOUND),
    () => Promise.reject(NO_ANSWER),
    async () => new Map([[1, { ok: false, error: NO_ANSWER }]]),
  ]
  const errata = { releaseType: () => ends.shift()?.() }
  const clientsFor = createCallCircuits()
  const client = clientsFor({ errata } as unknown as Clients, 'a', () => {
    answers += 1
  }).errata // no other is called
  const seen: number[] = []
  while (ends.length > 0) {
    await client?.releaseType(1).catch(() => undefined)
    seen.push(answers)
  }
  expect(seen).toEqual([1, 2, 2, 2])
})

it('circuits are the same for the calls of a client in another manner', async () => {
  const taskOutcome = () => Promise.reject(NO_ANSWER)
  const koji = { taskOutcome, unhurried: { taskOutcome } }
  const clientsFor = createCallCircuits()
  const clientOf = (job: string) => clientsFor({ koji } as unknown as Clients, job).koji // no other call is made
  for (const job of ['a', 'b']) await expect(clientOf(job)?.taskOutcome(1)).rejects.toBe(NO_ANSWER)
  const answers = ['c', 'd'].map((job) => clientOf(job)?.unhurried.taskOutcome(1))
  const [first, second] = await Promise.allSettled(answers)
  expect(first).toMatchObject({ reason: NO_ANSWER })
  expect(second).toMatchObject({ reason: expect.any(ServiceInTrouble) })
})

it('circuits let one job through at a time after two have failed, and all once that has an answer', async () => {
  const { job, ends, later, clientsOf } = world()
  const failure = Promise.withResolvers<never>()
  ends(() => failure.promise)
  const failing = [job('a'), job('b')]
  later(40_000) // the pause is as if they had failed at once
  failure.reject(NO_ANSWER)
  await Promise.allSettled(failing)
  const answer = Promise.withResolvers<string>()
  ends(() => answer.promise)
  const probes = [job('c'), job('c')] // a job may make the call several times at once
  const refused = await job('a').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ServiceInTrouble)
  expect(refused).toMatchObject({
    trouble: { service: 'errata', blame: 'service', detail: NO_ANSWER.message },
  })
  expect((refused as ServiceInTrouble).retryInMs).toBeGreaterThanOrEqual(16_000)
  expect(await clientsOf('a').errata?.summary(1)).toBeNull() // another call of the same service
  answer.resolve('ASYNC')
  expect(await Promise.all(probes)).toEqual(['ASYNC', 'ASYNC'])
  expect(await Promise.all([job('a'), job('b')])).toEqual(['ASYNC', 'ASYNC'])
})

it('circuits count those that made the call before it was known to fail', async () => {
  const { job, ends } = world()
  const calls: PromiseWithResolvers<never>[] = []
  ends(() => {
    const call = Promise.withResolvers<never>()
    calls.push(call)
    return call.promise
  })
  const names = ['a', 'b', 'c', 'd']
  const ended = names.map((name) => job(name).catch(() => name))
  for (const [index, name] of names.entries()) {
    calls[index]?.reject(NO_ANSWER)
    expect(await ended[index]).toBe(name)
    // Two have failed, and another one waits.
    if (index === 1 || index === 2) await expect(job('e')).rejects.toThrow(ServiceInTrouble)
  }
  void job('e').catch(() => undefined)
  expect(calls).toHaveLength(5)
})

it.each([
  ['fails', NO_ANSWER, 1],
  ['is put off', new NotReady('not wanted any more', 1000), 1],
  ['gets a 404', NOT_FOUND, 2],
])('circuits give the next turn to another when one %s', async (_what, error, passing) => {
  const { job, fails, ends } = world()
  fails(NO_ANSWER)
  await Promise.allSettled([job('a'), job('b')])
  fails(error)
  await expect(job('c')).rejects.toBe(error)
  const never = Promise.withResolvers<unknown>()
  let calls = 0
  ends(() => {
    calls += 1
    return never.promise
  })
  void job('d')
  job('e').catch(() => undefined)
  await Promise.resolve()
  expect(calls).toBe(passing)
})

it('circuits see the failure of a call that returns one for each of several things, when all have failed', async () => {
  const { job, ends } = world()
  const failed = { ok: false, error: NO_ANSWER }
  const answers = (...results: unknown[]) =>
    ends(async () => new Map(results.map((result, n) => [n, result])))
  answers(failed, failed)
  await Promise.all([job('a'), job('b')])
  answers(failed, { ok: true, value: 1 })
  const [first, second] = await Promise.allSettled([job('c'), job('d')])
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
  answers(failed)
  expect(await job('d')).toEqual(new Map([[0, failed]]))
})

it('a guarded call returns a value that is not a promise unchanged', () => {
  const { clientsOf } = world()
  expect(Reflect.get(clientsOf('a').errata ?? {}, 'warmUp')()).toBeUndefined()
  expect(clientsOf('a').pyxis).toBeUndefined()
})

it('circuits are one for each git server, whose files count as jobs', async () => {
  const answer = Promise.withResolvers<never>()
  const sent: string[] = []
  const client = {
    read: (url: string) => {
      sent.push(url)
      if (url.includes('works')) return Promise.resolve({ kind: 'absent' })
      return sent.length > 2 ? answer.promise : Promise.reject(NO_ANSWER)
    },
  } as unknown as DistGitClient // nothing else is called
  const guarded = guardHosts(client)
  const how = { isConfigured: true }
  for (const file of ['a', 'b'])
    await expect(guarded.read(`https://hangs/${file}`, how)).rejects.toBe(NO_ANSWER)
  void guarded.read('https://hangs/c', how)
  await expect(guarded.read('https://hangs/d', how)).rejects.toThrow(ServiceInTrouble)
  expect(await guarded.read('https://works/a', how)).toEqual({ kind: 'absent' })
  expect(sent).toEqual(['https://hangs/a', 'https://hangs/b', 'https://hangs/c', 'https://works/a'])
})
