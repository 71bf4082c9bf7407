import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tracesOfJob } from '../../../../src/db/queries/traces.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

const trace = (id: number) => ({ traceparent: `00-${String(id).padStart(32, '0')}-b7ad6b7169203331-01` })

describe('the traces that a job goes on with', () => {
  let ctx: TestContext
  beforeAll(async () => {
    ctx = await createTestContext()
    const json = (id: number) => `'${JSON.stringify(trace(id))}'::jsonb`
    for (const sql of [
      `insert into events (id, message_id, search_key, event_type_id, state, trace) values
         (1, 'a', '1', 10, 1, ${json(1)}), (2, 'b', '2', 10, 1, ${json(2)}), (3, 'c', '3', 10, 1, null)`,
      `insert into artifact_builds (id, name, event_id, state, build_id, trace) values
         (11, 'a', 1, 0, 111, ${json(11)}), (12, 'b', 1, 0, 112, null), (21, 'c', 2, 0, 121, null)`,
      'insert into composes (id, odcs_compose_id) values (5, 55)',
      'insert into artifact_build_composes (build_id, compose_id) values (11, 5), (12, 5), (21, 5)',
      "insert into subjects (id, digest, type, identifier) values (7, 'x', 't', 'i')",
      `insert into inbox (id, message_id, topic, body, properties, state, subject_id, trace) values
         (31, 'm1', 't', '', '{}', 'new', 7, ${json(31)}), (32, 'm2', 't', '', '{}', 'done', 7, ${json(32)}),
         (33, 'm3', 't', '', '{}', 'new', 7, ${json(33)}), (34, 'm4', 't', '', '{}', 'new', 7, null)`,
      `insert into outbox (topic, payload, subject_id, trace) values ('t', '{}', 7, ${json(41)})`,
    ])
      await ctx.db.fork().execute(sql)
  })
  afterAll(() => ctx.drop())

  it.each([
    ['intake', { inboxId: 31 }, [31]],
    ['discover', { eventId: 1 }, [1]],
    ['plan', { eventId: 3 }, []],
    ['submit', { buildId: 11 }, [11]],
    ['submit', { buildId: 12 }, [1]],
    ['poll', { slot: 1 }, [1, 2]],
    ['transition', { kind: 'task-reported', taskId: 111 }, [11]],
    ['transition', { kind: 'task-reported', taskId: 121 }, [2]],
    ['transition', { kind: 'compose-reported', odcsComposeId: 55 }, [1, 2]],
    ['transition', { kind: 'recheck', eventId: 2 }, [2]],
    ['transition', { kind: 'cancel-due', buildId: 11 }, [11]],
    ['decide', { subjectId: 7, inboxId: 31 }, [31, 33]],
    ['publish', { eventId: 1, upTo: 1 }, [1]],
    ['publish', { eventId: null, subjectId: 7, upTo: 1 }, [41]],
    ['publish', { eventId: null, upTo: 1 }, []],
    ['sweep', { slot: 1 }, []],
    ['intake', { inboxId: 999 }, []],
  ] as const)('of %s with %j are those of its rows', async (queue, payload, expected) => {
    const found = await tracesOfJob(ctx.db.fork(), queue, payload as never)
    expect(found).toEqual(expected.map(trace))
  })
})
