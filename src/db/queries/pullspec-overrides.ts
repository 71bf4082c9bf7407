/** The pullspec overrides of a bundle build, which the build system fetches while it builds. */
import type { EntityManager } from '../orm.ts'

/** The stored JSON text (null when the build has none); `undefined` when there is no such build. */
export async function pullspecOverrides(
  em: EntityManager,
  buildId: number,
): Promise<string | null | undefined> {
  const sql = 'select bundle_pullspec_overrides as overrides from artifact_builds where id = ?'
  const [row] = await em.execute<{ overrides: string | null }[]>(sql, [buildId])
  return row?.overrides
}
