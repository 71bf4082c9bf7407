/** The page of the queues in a real browser. */
import { UnrecoverableError } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { accessFaults } from '../../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../../support/api/pages.ts'

let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
  const { queues, queueStore, db } = pages.ctx
  await queues.enqueue('plan', { eventId: 7 })
  await queues.enqueue('intake', { inboxId: 1 })
  await db.fork().execute(
    `insert into inbox (message_id, topic, body, properties, received_at)
     values ('late', 't', '', '{}', now() - interval '3 minutes')`,
  )
  await queues.enqueue('discover', { eventId: 8 })
  const failed = Promise.withResolvers<void>()
  const worker = queueStore.worker(
    'discover',
    () => Promise.reject(new UnrecoverableError('The <b>hub</b> said no.')),
    {},
  )
  worker.on('failed', () => failed.resolve())
  await failed.promise
  await worker.close()
  await db.fork().execute(
    `insert into waits (job_id, service, blame, detail, since, next_at, attempts, services)
     values ('submit-1', 'koji', 'service', 'away', now(), now() + interval '1 hour', 1, '{koji}')`,
  )
})
afterAll(() => pages.stop())

describe('the page of the queues', () => {
  it('counts up to a limit, however many jobs wait, as the API, the metrics and the board do', async () => {
    await pages.ctx.db.fork().execute(
      `insert into bullmq.job (queue, id, seq, name, state, data, opts, priority, added_at_ms, max_attempts)
       select 'transition', 'transition-' || n, n, 'transition', 'waiting', '{}', '{}', 0, 0, 1 from generate_series(1, 30000) n`,
    )
    const { page, close } = await pages.open('/ui/queues')
    const row = page.getByRole('row', { name: /^transition/ })
    expect(await row.locator('td').nth(2).textContent()).toBe('over 10,000')
    const { url } = pages.web
    const { queues } = z
      .object({ queues: z.array(z.object({ name: z.string(), waiting: z.int() })) })
      .parse(await (await fetch(`${url}/api/2/queues`)).json())
    expect(queues.find(({ name }) => name === 'transition')?.waiting).toBe(10_001)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'freshwave_queue_jobs{queue="transition",state="waiting"} 10001\n',
    )
    const board = z
      .object({ queues: z.array(z.object({ name: z.string(), counts: z.record(z.string(), z.int()) })) })
      .parse(await (await fetch(`${url}/queues/api/queues`)).json())
    expect(board.queues.find(({ name }) => name === 'transition')?.counts).toMatchObject({
      waiting: 10_001,
      prioritized: 0,
    })
    await close()
  })

  it('has the worker processes with their last sign of life, and what has been silent for too long', async () => {
    const insert = `insert into worker_processes (id, host, pid, started_at, seen_at)
      values ('a', 'builder-1', 42, now() - interval '1 hour', now() - interval '2 minutes')`
    await pages.ctx.db.fork().execute(insert)
    const { page, close } = await pages.open('/ui/queues', { javaScriptEnabled: false })
    expect(await page.getByRole('row', { name: '42 on builder-1' }).count()).toBe(1)
    expect(await page.locator('#queues .message').allTextContents()).toContainEqual(
      expect.stringMatching(/^worker process 42 on builder-1 gave its last sign of life at /),
    )
    await close()
  })

  it('distinguishes a queue that stands still from missing workers', async () => {
    const verdict = async () => {
      const { page, close } = await pages.open('/ui/queues')
      const text = await page
        .getByRole('row', { name: /^intake/ })
        .locator('.verdict')
        .textContent()
      await close()
      return text
    }
    const em = pages.ctx.db.fork()
    await em.execute('delete from worker_processes')
    expect(await verdict()).toBe('no workers: no worker process is running')
    await em.execute(
      `insert into worker_processes (id, host, pid, started_at, seen_at) values ('b', 'builder-2', 43, now(), now())`,
    )
    expect(await verdict()).toBe('stalled: worker processes are running, but none of its jobs is')
  })

  it('has a verdict on each queue, and the reason of failed jobs', async () => {
    const { page, problems, close } = await pages.open('/ui/queues')
    const verdict = (name: string) =>
      page
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .locator('.verdict')
        .textContent()
    expect(await page.locator('tbody tr:has(.verdict)').count()).toBe(9)
    expect(await verdict('publish')).toBe('healthy')
    expect(await verdict('discover')).toBe('1 failed for gooddiscover-8: The <b>hub</b> said no.')
    expect(await verdict('submit')).toBe('blocked: 1 waits for koji')
    expect(await page.getByRole('row', { name: /^plan/ }).locator('td').nth(2).textContent()).toBe('1')
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await page.getByRole('link', { name: 'All jobs, one by one' }).click()
    await page.waitForURL(/\/queues\/?/)
    await close()
  })
})
