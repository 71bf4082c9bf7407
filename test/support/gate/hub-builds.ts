/** Builds in the lab's hub, as the gate looks them up. */
import { addBuild, nextId } from '../../../lab/services/koji/state.ts'
import type { World } from '../../../lab/world.ts'

/** Adds a build of a package. `source`: where its rule file is; null: unknown. `completedAt`: milliseconds since 1970. */
export function addHubBuild(
  { koji }: World,
  nvr: string,
  source: string | null,
  completedAt = Date.parse('2021-10-02T12:00:00Z'),
): void {
  const [name = '', version = '', release = ''] = nvr.split(/-(?=[^-]+-[^-]+$)|-(?=[^-]+$)/)
  addBuild(koji, {
    ...{ id: nextId(koji, 'build'), nvr, name, version, release, epoch: null },
    ...{ taskId: null, owner: { id: 1, name: 'admin' }, source, tags: [] },
    startedAt: completedAt - 1000,
    completedAt,
  })
}
