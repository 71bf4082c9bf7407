/** The interface of a queue store, the same for Redis and PostgreSQL. */
import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq'

/** Makes queues and workers on one backend; both look the same to the rest of the program. */
export type QueueStore = {
  kind: 'redis' | 'postgres'
  /** Creates the tables that the queues need, or brings them up to date; before the first queue. Safe to repeat and to run concurrently. */
  prepare(): Promise<void>
  queue(name: string, options: Omit<QueueOptions, 'connection'>): Queue
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker
  /** Call it before workers stop: what waits for a store that is down then fails with the next attempt to connect. */
  stopWaiting(): void
  /** @throws Error with the reason when it takes no jobs; a full one, or a replica, answers everything else */
  check(): Promise<void>
  close(): Promise<void>
}
