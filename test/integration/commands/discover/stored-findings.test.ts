/** Findings are stored between discovery and planning: stored and fresh findings must lead to the same plan. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { readFindings, writeFindings } from '../../../../src/db/queries/planning/findings.ts'
import { NO_COMPOSE_FACTS } from '../../../../src/domain/rebuild/plan/compose-needs.ts'
import { planBuilds } from '../../../../src/domain/rebuild/plan/plan.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'

let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(exampleCatalogue)
})
afterAll(() => discovery.stop())

/** Stores an event without findings; returns its id. */
async function newEvent(messageId: string): Promise<number> {
  const sql = 'insert into events (message_id, search_key, event_type_id) values (?, ?, 10) returning id'
  const [row] = await discovery.ctx.db.fork().execute<{ id: number }[]>(sql, [messageId, messageId])
  return row?.id ?? 0
}

it('stored findings lead to the same plan', async () => {
  const { findings, plan } = await discovery.run()
  const eventId = await newEvent('one')
  const em = discovery.ctx.db.fork()
  await writeFindings(em, eventId, { ...findings, composes: NO_COMPOSE_FACTS })
  const stored = await readFindings(em, eventId)
  expect(stored?.nodes.some((node) => node.fixedRelease !== null)).toBe(true)
  expect(planBuilds({ nodes: stored?.nodes ?? [], durations: new Map(), medianDurationS: 60 })).toEqual(plan)
  expect(stored?.considered).toEqual(JSON.parse(JSON.stringify(findings.considered)))
  expect(stored?.fixedRpms).toEqual(findings.fixedRpms)
  expect(stored?.nodes.every(({ image }) => image.contentSets.length > 0)).toBe(true)
  const left = stored?.nodes.map(({ image: { rpms, labels, repositories } }) => ({
    rpms,
    labels,
    repositories,
  }))
  expect(new Set(left?.map((parts) => JSON.stringify(parts)))).toEqual(
    new Set(['{"rpms":null,"labels":{},"repositories":[]}']),
  )
})

it('an event keeps its first findings, unless they have an outdated form', async () => {
  const { findings } = await discovery.run()
  const eventId = await newEvent('two')
  const em = discovery.ctx.db.fork()
  const nodesOf = async () => (await readFindings(discovery.ctx.db.fork(), eventId))?.nodes.length
  expect(await nodesOf()).toBeUndefined()
  await writeFindings(em, eventId, { ...findings, composes: NO_COMPOSE_FACTS })
  await writeFindings(em, eventId, { ...findings, nodes: [], composes: NO_COMPOSE_FACTS })
  expect(await nodesOf()).toBe(findings.nodes.length)
  await em.execute(`update event_findings set findings = '{"form": 0}' where event_id = ?`, [eventId])
  expect(await nodesOf()).toBeUndefined()
  await writeFindings(em, eventId, { ...findings, nodes: [], composes: NO_COMPOSE_FACTS })
  expect(await nodesOf()).toBe(0)
})
