/** The demonstrated service as a separate process, started as an operator would start it and observed over HTTP. */
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launch } from '../../src/lib/launch.ts'
import { freePort } from '../../src/lib/loopback.ts'

const READY_WITHIN_MS = 60_000
/** Variables that the service takes from the shell, besides those of Node; others may be the settings of another installation. */
const OF_THE_SHELL = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LD_LIBRARY_PATH', 'REDIS_URL', 'LOG_LEVEL']

/** A service that is running or starting. */
export type Service = {
  url: string
  logFile: string
  /** @throws Error when it ends by itself, or takes too long */
  untilReady(): Promise<void>
  /** Fetches the JSON at a path of the service. */
  get<T>(path: string): Promise<T>
  /** Posts JSON to a path and returns the JSON answer. */
  post<T>(path: string, body: object): Promise<T>
  /** The same with PATCH. */
  patch<T>(path: string, body: object): Promise<T>
  /** Resolves when the process has ended; may be called while it starts. */
  stop(): Promise<void>
}

/** Starts `npm start`'s program with these settings. */
export async function launchService(folder: string, settings: Record<string, string>): Promise<Service> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'service.log')
  const log = createWriteStream(logFile)
  const env = {
    ...shellVariables(),
    ...settings,
    PORT: String(port),
    DATA_DIR: folder,
  }
  const child = launch(['src/main.ts'], { env, output: 'pipe' })
  child.stdout?.pipe(log)
  child.stderr?.pipe(log)
  const get = <T>(path: string) => request<T>(`${url}${path}`, { method: 'GET' })
  const send =
    (method: string) =>
    <T>(path: string, body: object) =>
      request<T>(`${url}${path}`, { method, body: JSON.stringify(body) })
  const ready = () => untilReady(child, `${url}/health/ready`, logFile)
  return {
    url,
    logFile,
    untilReady: ready,
    get,
    post: send('POST'),
    patch: send('PATCH'),
    stop: () => stop(child),
  }
}

function shellVariables(): NodeJS.ProcessEnv {
  const isKept = (name: string) => name.startsWith('NODE_') || OF_THE_SHELL.includes(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isKept(name)))
}

async function request<T>(url: string, init: { method: string; body?: string }): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  const answer = await fetch(url, { ...init, headers })
  if (!answer.ok) throw new Error(`${init.method} ${url}: HTTP ${answer.status}`)
  return (await answer.json()) as T // the demo reads its own service's documented answers
}

async function untilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The service ended by itself; see ${logFile}`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  child.kill('SIGKILL')
  throw new Error(`The service was not ready within ${READY_WITHIN_MS / 1000} s; see ${logFile}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
