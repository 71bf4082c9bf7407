/** Estimates how long the builds of a plan will take, from the records that forecasts are made from. */
import type { EntityManager } from '../../db/orm.ts'
import { readHistory, readHistoryOnTargets } from '../../db/queries/forecast/open-builds.ts'
import { learn, usualDurations } from '../../domain/rebuild/forecast/experience.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'
import type { PlanInput } from '../../domain/rebuild/plan/plan.ts'

/** Seconds by image name and by name and target, and those assumed for the images without a record. Reads only. */
export async function expectedDurations(
  em: EntityManager,
  nodes: readonly PlanNode[],
): Promise<Pick<PlanInput, 'durations' | 'medianDurationS'>> {
  const images = nodes.map(({ image, source }) => ({ name: image.name, target: source?.target ?? null }))
  const names = new Set(images.map(({ name }) => name))
  const history = await readHistory(em, names)
  return usualDurations(learn(history, await readHistoryOnTargets(em, images)), names)
}
