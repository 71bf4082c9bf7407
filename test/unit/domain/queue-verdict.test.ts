import { describe, expect, it } from 'vitest'
import { judgeQueue, type QueueFacts } from '../../../src/domain/queue-verdict.ts'

const COUNTS = { active: 0, waiting: 0, delayed: 0, failed: 0 }
const facts = (known: Partial<QueueFacts>): QueueFacts => ({
  counts: COUNTS,
  oldestDueS: null,
  waits: [],
  hasWorkers: false,
  waitsForRoom: false,
  ...known,
})

describe('a queue', () => {
  it.each<[string, Partial<QueueFacts>, string]>([
    ['without work', {}, 'healthy'],
    ['with young work', { counts: { ...COUNTS, waiting: 900 }, oldestDueS: 119 }, 'healthy'],
    [
      'with old rows whose jobs are not due',
      { counts: { ...COUNTS, delayed: 1 }, oldestDueS: 9000, hasWorkers: true },
      'healthy',
    ],
    [
      'with old rows whose jobs are running',
      { counts: { ...COUNTS, active: 1 }, oldestDueS: 9000, hasWorkers: true },
      'healthy',
    ],
    [
      'with old rows for which the build system has no room',
      { oldestDueS: 9000, hasWorkers: true, waitsForRoom: true },
      'healthy',
    ],
    ['with rows that have become due lately', { oldestDueS: 120, hasWorkers: true }, 'healthy'],
    [
      'with old rows some of whose jobs run and some are not due',
      { counts: { ...COUNTS, active: 1, delayed: 1 }, oldestDueS: 9000, hasWorkers: true },
      'healthy',
    ],
    [
      'with old rows that have no jobs',
      { oldestDueS: 121, hasWorkers: true },
      'stalled: work is due that has no job, which the queue sweep would add',
    ],
    [
      'with old rows that have no jobs, and no worker',
      { oldestDueS: 121 },
      'no workers: no worker process is running',
    ],
    [
      'with old work and workers',
      { counts: { ...COUNTS, waiting: 1, active: 1 }, oldestDueS: 121 },
      'too few workers: work is waiting although workers are running',
    ],
    [
      'with old work and no worker',
      { counts: { ...COUNTS, waiting: 1 }, oldestDueS: 121 },
      'no workers: no worker process is running',
    ],
    [
      'with old work that the workers do not take, such as a paused one',
      { counts: { ...COUNTS, waiting: 1 }, oldestDueS: 121, hasWorkers: true },
      'stalled: worker processes are running, but none of its jobs is',
    ],
    [
      'with failed jobs',
      { counts: { ...COUNTS, failed: 2, waiting: 1 }, oldestDueS: 900 },
      '2 failed for good',
    ],
    [
      'whose jobs wait for services',
      {
        counts: { ...COUNTS, failed: 2 },
        waits: [
          { service: 'koji', jobs: 5 },
          { service: null, jobs: 1 },
        ],
      },
      'blocked: 5 wait for koji (and 1 for others)',
    ],
    [
      'whose jobs wait for a verification',
      { waits: [{ service: null, jobs: 1 }] },
      'blocked: 1 waits for a verification',
    ],
    ['whose store does not answer', { counts: null }, 'not known: the queue store did not answer in time'],
  ])('%s', (_what, known, text) => {
    expect(judgeQueue(facts(known)).text).toBe(text)
  })
})
