/** Keeps jobs from filling all places of their queue while a call to a service gets no answer (decision 0074). */
import type { Clients } from '../src/clients/index.ts'
import { pauseMs } from '../src/commands/service-trouble.ts'
import { NotReady, ServiceInTrouble, type Trouble, troubleOf } from '../src/lib/errors.ts'

/** One may fail because of what it is about: then the others are not concerned. */
const JOBS_TO_OPEN = 2

/** What is known of a call since it last succeeded. */
type Circuit = { trouble: Trouble; since: number; failed: ReadonlySet<string>; probe?: string }

/**
 * The clients for one job of a queue. A call that has failed for two jobs, and for none has succeeded since, is made by one
 * job at a time; in the others it rejects with ServiceInTrouble. Each call has its own circuit, since one may work while
 * another of the same service does not. Nothing is stored: what the trouble of a service is, rows say.
 */
export function createCallCircuits(
  now = () => performance.now(),
): (clients: Clients, job: string) => Clients {
  const circuits = new Map<string, Circuit>()

  function refusal(key: string, job: string): ServiceInTrouble | undefined {
    const circuit = circuits.get(key)
    if (!circuit || circuit.failed.size < JOBS_TO_OPEN) return undefined
    circuit.probe ??= job
    return circuit.probe === job
      ? undefined
      : new ServiceInTrouble(circuit.trouble, pauseMs(now() - circuit.since))
  }

  function onFailure(key: string, job: string, error: unknown): void {
    const known = circuits.get(key)
    const trouble = troubleOf(error)
    if (trouble?.blame === 'service')
      circuits.set(key, {
        trouble,
        since: known?.since ?? now(),
        failed: new Set(known?.failed).add(job),
      })
    else if (!(error instanceof NotReady)) circuits.delete(key)
    else if (known?.probe === job) known.probe = undefined
  }

  function watch(key: string, job: string, answer: Promise<unknown>): Promise<unknown> {
    return answer.then(
      (value) => {
        const failure = failureIn(value)
        if (failure) onFailure(key, job, failure)
        else circuits.delete(key)
        return value
      },
      (error: unknown) => {
        onFailure(key, job, error)
        throw error
      },
    )
  }

  function guard<C extends object>(name: string, client: C, job: string): C {
    return new Proxy(client, {
      get: (target, method) => {
        const member: unknown = Reflect.get(target, method)
        if (typeof member !== 'function') return member
        const key = `${name}.${String(method)}`
        return (...args: unknown[]) => {
          const refused = refusal(key, job)
          if (refused) return Promise.reject(refused)
          const answer: unknown = Reflect.apply(member, target, args)
          return answer instanceof Promise ? watch(key, job, answer) : answer
        }
      },
    })
  }

  return (clients, job) => {
    const entries = Object.entries(clients).map(([name, client]) => [
      name,
      client && guard(name, client, job),
    ])
    return Object.fromEntries(entries) as Clients // the same clients under the same names
  }
}

/** Some calls return a result for each of several things: those that all failed. */
function failureIn(value: unknown): unknown {
  if (!(value instanceof Map) || value.size === 0) return undefined
  const failures = [...value.values()].map((result) => Reflect.get(Object(result), 'error') as unknown)
  return failures.every((error) => troubleOf(error)?.blame === 'service') ? failures[0] : undefined
}
