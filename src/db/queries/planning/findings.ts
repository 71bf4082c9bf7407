/** Stores what discovery found, and reads it back for planning. */

import type { ComposeFacts } from '../../../domain/rebuild/plan/compose-needs.ts'
import type { PlanNode } from '../../../domain/rebuild/plan/graph.ts'
import { storableJson } from '../../../lib/storable.ts'
import { EventFindings } from '../../entities/index.ts'
import type { EntityManager } from '../../orm.ts'

/** The version of the stored form; findings of another version are gathered again. */
const FORM = 4

/** What planning reads; see `handlers/handler.ts`. */
type Findings<C> = {
  nodes: PlanNode[]
  considered: C[]
  fixedRpms: string[]
  whenEmpty: string
  /** Null: the builds need none. */
  composes: ComposeFacts | null
}

/**
 * Keeps the first findings of an event, unless they have an older form. What planning does not read of images is left out: each node's
 * cause has what matters of the RPMs, and the lists would make up nearly all of the row.
 */
export async function writeFindings<C>(
  em: EntityManager,
  eventId: number,
  findings: Findings<C>,
): Promise<void> {
  const { fixedRpms, ...rest } = findings
  const nodes = rest.nodes.map((node) => ({
    ...node,
    image: { ...node.image, rpms: null, labels: {}, repositories: [] },
  }))
  const stored = { form: FORM, ...rest, nodes }
  await em.execute(
    `insert into event_findings (event_id, findings, fixed_rpms) values (?, ?::jsonb, ?::jsonb)
     on conflict (event_id) do update set findings = excluded.findings, fixed_rpms = excluded.fixed_rpms
       where event_findings.findings -> 'form' <> excluded.findings -> 'form'`,
    [eventId, storableJson(stored), storableJson(fixedRpms)],
  )
}

/** The findings of an event; undefined without any, or when they have a form that this version does not write. */
export async function readFindings<C>(em: EntityManager, eventId: number): Promise<Findings<C> | undefined> {
  const row = await em.findOne(EventFindings, { event: eventId })
  // Only `writeFindings` writes this column, and the form was checked.
  const stored = row?.findings as ({ form: number } & Omit<Findings<C>, 'fixedRpms'>) | undefined
  if (!row || stored?.form !== FORM) return undefined
  return { ...stored, fixedRpms: row.fixedRpms }
}

/** Whether `readFindings` returns any. */
export async function hasFindings(em: EntityManager, eventId: number): Promise<boolean> {
  const sql = `select 1 from event_findings where event_id = ? and (findings ->> 'form')::int = ?`
  return (await em.execute<object[]>(sql, [eventId, FORM])).length > 0
}

/** RPM NVRs the builds of an event are verified against; without the rest of the findings, which may be large. */
export async function readFixedRpms(em: EntityManager, eventId: number): Promise<string[]> {
  const sql = 'select fixed_rpms as "fixedRpms" from event_findings where event_id = ?'
  const [row] = await em.execute<{ fixedRpms: string[] }[]>(sql, [eventId])
  return row?.fixedRpms ?? []
}
