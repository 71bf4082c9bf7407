/** Keeps jobs from filling all slots of their queue while a call to a service gets no answer (decision 0074). */
import type { DistGitClient } from '../../src/clients/distgit/client.ts'
import type { Clients } from '../../src/clients/index.ts'
import { pauseMs } from '../../src/commands/service-trouble.ts'
import { isOfThing, NotReady, ServiceInTrouble, type Trouble, troubleOf } from '../../src/lib/errors.ts'

/** A single job may fail because of what it requests; only when a second one fails too is the call itself to blame. */
const JOBS_TO_OPEN = 2

/** A call that has failed since it last succeeded. `since`: when the first failed one was made; `failed`: the first jobs it failed for. */
type Circuit = { trouble: Trouble; since: number; failed: ReadonlySet<string> }

/** The clients for one job; `onAnswer` is called with the name of the client whenever one has got an answer. */
type ClientsFor = (clients: Clients, job: string, onAnswer?: (name: string) => void) => Clients

/** Makes the call `key` for `job`, and returns what it returns. */
type Through = (key: string, job: string, call: () => unknown) => unknown

/**
 * The clients for one job of a queue. Each call has a circuit of its own, since one may work while another of the same
 * service does not.
 */
export function createCallCircuits(now = () => performance.now()): ClientsFor {
  const through = createCircuits(now)
  const guard = <C extends object>(name: string, client: C, job: string, onAnswer: () => void): C =>
    new Proxy(client, {
      get: (target, method) => {
        const member: unknown = Reflect.get(target, method)
        // Such as `unhurried`, which has the same calls with other limits.
        if (typeof member === 'object' && member !== null) return guard(name, member, job, onAnswer)
        if (typeof member !== 'function') return member
        const key = `${name}.${String(method)}`
        return (...args: unknown[]) => {
          const answer = through(key, job, () => Reflect.apply(member, target, args))
          if (answer instanceof Promise) whenAnswered(answer, onAnswer)
          return answer
        }
      },
    })
  return (clients, job, onAnswer = () => undefined) => {
    const entries = Object.entries(clients).map(([name, client]) => [
      name,
      client && guard(name, client, job, () => onAnswer(name)),
    ])
    return Object.fromEntries(entries) as Clients // the same clients under the same names
  }
}

/** A refusal of what was requested is an answer too. */
function whenAnswered(answer: Promise<unknown>, onAnswer: () => void): void {
  answer.then(
    (value) => {
      if (!failureIn(value)) onAnswer()
    },
    (error: unknown) => {
      if (isOfThing(error)) onAnswer()
    },
  )
}

/** The client that all decisions of a process share: each git server has a circuit, and each file counts as a job. */
export function guardHosts(client: DistGitClient): DistGitClient {
  const through = createCircuits(() => performance.now())
  return {
    ...client,
    read: async (url, options) => {
      const read = () => client.read(url, options)
      return through(URL.parse(url)?.host ?? '', url, read) as ReturnType<typeof read> // or it rejects
    },
  }
}

/**
 * A call that has failed for two jobs and has not succeeded since is made by one job at a time; for all others it rejects
 * with ServiceInTrouble. Circuits are in memory only: the trouble of a service itself is recorded in the database.
 */
function createCircuits(now: () => number): Through {
  const circuits = new Map<string, Circuit>()
  /** The jobs that wait for an answer to each call, including those that made it before its circuit opened. */
  const waiting = new Map<string, readonly string[]>()

  function refusal(key: string, job: string): ServiceInTrouble | undefined {
    const circuit = circuits.get(key)
    if (!circuit || circuit.failed.size < JOBS_TO_OPEN) return undefined
    if (!waiting.get(key)?.some((other) => other !== job)) return undefined
    return new ServiceInTrouble(circuit.trouble, pauseMs(now() - circuit.since))
  }

  function onFailure(key: string, job: string, error: unknown, started: number): void {
    const known = circuits.get(key)
    const trouble = troubleOf(error)
    if (trouble?.blame === 'service') {
      const failed = [...new Set(known?.failed).add(job)].slice(0, JOBS_TO_OPEN)
      circuits.set(key, { trouble, since: known?.since ?? started, failed: new Set(failed) })
    } else if (!(error instanceof NotReady)) circuits.delete(key)
  }

  function leave(key: string, job: string): void {
    const jobs = waiting.get(key) ?? []
    const others = jobs.toSpliced(jobs.indexOf(job), 1)
    if (others.length > 0) waiting.set(key, others)
    else waiting.delete(key)
  }

  async function watch(key: string, job: string, answer: Promise<unknown>): Promise<unknown> {
    const started = now()
    waiting.set(key, [...(waiting.get(key) ?? []), job])
    try {
      const value = await answer
      const failure = failureIn(value)
      if (failure) onFailure(key, job, failure, started)
      else circuits.delete(key)
      return value
    } catch (error) {
      onFailure(key, job, error, started)
      throw error
    } finally {
      leave(key, job)
    }
  }

  return (key, job, call) => {
    const refused = refusal(key, job)
    if (refused) return Promise.reject(refused)
    const answer = call()
    return answer instanceof Promise ? watch(key, job, answer) : answer
  }
}

/** The failure of a call that returns a map of results, when every one of them has failed. */
function failureIn(value: unknown): unknown {
  if (!(value instanceof Map) || value.size === 0) return undefined
  const failures = [...value.values()].map((result) => Reflect.get(Object(result), 'error') as unknown)
  return failures.every((error) => troubleOf(error)?.blame === 'service') ? failures[0] : undefined
}
