/** The faults that are injected at random, and how each ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { System } from './system.ts'

/** A fault that is over: `since` is when everything was available again (ms since 1970). `end` repairs what is still broken. */
export type InjectedFault = { what: string; since: number; end?: () => void }

type Fault = {
  /** The maximum time after the fault until everything makes progress. */
  limitMs: number
  /** Undefined if the system lacks the part that would fail. */
  inject(system: System, random: () => number): Promise<InjectedFault> | undefined
}

const KILL_LIMIT_MS = 10_000
/** Twice the maximum time that a single silent connection is tolerated: 15 s, of a worker to Redis. */
const SILENCE_LIMIT_MS = 30_000
const MAX_AWAY_MS = 2000
const SLOW_MS = { delay: 150, lasts: 4000 }
const LOST_ANSWERS = 5

type Proxied = keyof System['proxies']

/** By name; each happens equally often. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill an ingest process': killOne('ingest'),
  'kill a worker process': killOne('worker'),
  'kill a web process': killOne('web'),
  'kill both workers': {
    limitMs: KILL_LIMIT_MS,
    inject: async ({ parts }) => {
      await Promise.all(parts.worker.map((part) => part.kill()))
      for (const part of parts.worker) part.start()
      return { what: 'both workers', since: Date.now() }
    },
  },
  'kill the broker': killServer('broker'),
  'kill Redis': killServer('redis'),
  'kill PostgreSQL': killServer('postgres'),
  'cut connections': {
    limitMs: KILL_LIMIT_MS,
    inject: async ({ proxies }, random) => {
      const [name, proxy] = chooseProxy(proxies, random)
      proxy.cut()
      await sleep(random() * MAX_AWAY_MS)
      proxy.restore()
      return { what: `to ${name}`, since: Date.now() }
    },
  },
  'slow connections': {
    limitMs: KILL_LIMIT_MS,
    inject: async ({ proxies }, random) => {
      const [name, proxy] = chooseProxy(proxies, random)
      proxy.slow(SLOW_MS.delay)
      await sleep(SLOW_MS.lasts)
      proxy.slow(0)
      return { what: `to ${name}, ${SLOW_MS.delay} ms each way`, since: Date.now() }
    },
  },
  // The other processes are down, so that those behind the silent connections must continue alone. The far end notices the
  // loss only afterwards, and then returns what it had delivered.
  'half-open connections': {
    limitMs: SILENCE_LIMIT_MS,
    inject: async ({ parts, proxies }, random) => {
      const [name, proxy] = chooseProxy(proxies, random)
      const others = [parts.ingest[0], parts.worker[0]]
      proxy.silence()
      await Promise.all(others.map((part) => part.kill()))
      const end = () => {
        proxy.drop()
        for (const part of others) part.start()
      }
      return { what: `to ${name}`, since: Date.now(), end }
    },
  },
  'the hub loses answers': {
    limitMs: KILL_LIMIT_MS,
    inject: async ({ lab }) => {
      lab.world.faults.push({ service: 'koji', kind: 'reset', stage: 'after', times: LOST_ANSWERS })
      return { what: `${LOST_ANSWERS} of them`, since: Date.now() }
    },
  },
}

function killOne(kind: keyof System['parts']): Fault {
  return {
    limitMs: KILL_LIMIT_MS,
    inject: async ({ parts }, random) => {
      const part = parts[kind][random() < 0.5 ? 0 : 1]
      await part.kill()
      await sleep(random() * MAX_AWAY_MS)
      part.start()
      return { what: part.name, since: Date.now() }
    },
  }
}

function killServer(name: 'broker' | 'redis' | 'postgres'): Fault {
  return {
    limitMs: KILL_LIMIT_MS,
    inject: (system) => {
      const server = system[name]
      return server && killAndStart(server)
    },
  }
}

async function killAndStart(server: {
  kill(): Promise<void>
  start(): Promise<void>
}): Promise<InjectedFault> {
  const began = Date.now()
  await server.kill()
  await server.start()
  const since = Date.now()
  return { what: `away for ${((since - began) / 1000).toFixed(1)} s`, since }
}

function chooseProxy(proxies: System['proxies'], random: () => number) {
  const names = (Object.keys(proxies) as Proxied[]).filter((name) => proxies[name]) // the keys of `proxies` in startSystem
  const name = names[Math.floor(random() * names.length)] ?? 'broker'
  return [name, proxies[name] ?? proxies.broker] as const
}
