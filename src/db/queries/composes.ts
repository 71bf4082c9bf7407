/** Composes as ODCS last reported them, and the builds that wait for them. */
import { type ComposeState, composeStateId } from '../../domain/rebuild/compose-state.ts'
import { lockUntilCommit } from '../locks.ts'
import type { EntityManager } from '../orm.ts'
import { idArray } from '../values.ts'
import { buildIs, composeHolds } from './conditions.ts'

/**
 * ODCS ids of composes that hold planned builds back, without those of dry runs. A failed compose is included while it has such
 * builds: the job that should end them may have been lost.
 */
export async function holdingComposeIds(em: EntityManager): Promise<number[]> {
  const sql = `
    select distinct c.odcs_compose_id as id from composes c
      join artifact_build_composes l on l.compose_id = c.id join artifact_builds b on b.id = l.build_id
     where c.odcs_compose_id > 0 and ${composeHolds('c')} and ${buildIs('b', 'PLANNED')} order by 1`
  const rows = await em.execute<{ id: number }[]>(sql)
  return rows.map(({ id }) => id)
}

/** The composes among these that builds here use. */
export async function composesOfBuilds(
  em: EntityManager,
  odcsIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const sql = 'select odcs_compose_id as id from composes where odcs_compose_id = any(?::int[])'
  const rows = await em.execute<{ id: number }[]>(sql, [idArray(odcsIds)])
  return new Set(rows.map(({ id }) => id))
}

/** Stores the state that ODCS reports for a compose. */
export async function setComposeState(em: EntityManager, odcsId: number, state: ComposeState): Promise<void> {
  const sql = 'update composes set state = ? where odcs_compose_id = ?'
  await em.execute(sql, [composeStateId(state), odcsId])
}

/** Planned builds that are linked to a compose. */
export function plannedBuildsOf(
  em: EntityManager,
  odcsId: number,
): Promise<{ id: number; eventId: number }[]> {
  const sql = `
    select b.id, b.event_id as "eventId" from composes c join artifact_build_composes l on l.compose_id = c.id
      join artifact_builds b on b.id = l.build_id where c.odcs_compose_id = ? and ${buildIs('b', 'PLANNED')}`
  return em.execute<{ id: number; eventId: number }[]>(sql, [odcsId])
}

/** Stores a compose for a dry run: done, with an id below every one in use (behaviour/freshmaker 8.6). */
export async function insertDryRunCompose(em: EntityManager): Promise<number> {
  await lockUntilCommit(em, 'dryRunComposeId')
  const sql = 'select least(0, min(odcs_compose_id)) - 1 as id from composes'
  const [row] = await em.execute<{ id: number }[]>(sql)
  const odcsId = row?.id ?? -1
  const insert = 'insert into composes (odcs_compose_id, state) values (?, ?)'
  await em.execute(insert, [odcsId, composeStateId('done')])
  return odcsId
}
