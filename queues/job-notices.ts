/**
 * Notices of new jobs as the workers of a process get them: immediately for jobs that this process added, for others a moment later and
 * only while one still waits (decision 0081). PostgreSQL sends each notice to every process.
 */
import { EventEmitter } from 'node:events'
import type { PostgresConnection } from 'bullmq'

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>
/** `payload` is the name of the queue, `processId` the session of PostgreSQL that added the job. */
type Notice = { channel: string; payload?: string; processId?: number }

/**
 * A job that another process added is left to that process for a random time below this, so that all other processes do not look
 * for the job at the same time.
 */
export const HEAD_START_MS = 20

/** What is known of jobs: whether a session of PostgreSQL is one of this process, and whether a queue has waiting jobs. */
export type JobNews = {
  isOwnSession(processId: number | undefined): boolean
  hasWaiting(queue: string): Promise<boolean>
}

/** A connection that listens for all workers of a process; workers get its notices from here. */
export class JobNotices extends EventEmitter implements ListenClient {
  readonly #client: ListenClient
  readonly #news: JobNews
  /** Queues that will be looked at soon: one look is enough for all notices until then. */
  readonly #looking = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(client: ListenClient, news: JobNews) {
    super()
    this.#client = client
    this.#news = news
    this.setMaxListeners(0) // each worker that waits adds one
    client.on('notification', (notice) => this.#receive(notice))
  }

  /** Queues the statements: all workers begin to listen at once, but pg takes one statement after the other. */
  query<R>(text: string, values?: readonly unknown[]) {
    const next = this.#last.then(() => this.#client.query<R>(text, values))
    this.#last = next.catch((error: unknown) => this.#reportLost(error))
    return next
  }

  /**
   * A connection that was lost before BullMQ listened to its errors shows it by this alone: it would be kept, and no worker would ever
   * take a job again.
   */
  #reportLost(error: unknown): void {
    const client: unknown = this.#client
    if (client instanceof EventEmitter && client.listenerCount('error') > 0) client.emit('error', error)
  }

  #receive(notice: Notice): void {
    const { payload: queue, processId } = notice
    if (queue === undefined || this.#news.isOwnSession(processId)) this.emit('notification', notice)
    else if (!this.#looking.has(queue)) {
      this.#looking.add(queue)
      setTimeout(() => this.#look(queue, notice), Math.random() * HEAD_START_MS).unref()
    }
  }

  async #look(queue: string, notice: Notice): Promise<void> {
    this.#looking.delete(queue)
    // Without an answer the workers look for themselves.
    if (await this.#news.hasWaiting(queue).catch(() => true)) this.emit('notification', notice)
  }
}
