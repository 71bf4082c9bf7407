/** A hub and a service for tests of submissions, whose clock can be put forward. */
import type { LabOptions } from '../../../lab/start.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { startWorld, type TestWorld } from '../lab/world.ts'

/** What `makeBuild` needs for a build that can be submitted. */
export const SUBMITTABLE = {
  originalNvr: 'httpd-24-container-1-283',
  args: {
    repository: 'containers/httpd-24',
    commit: 'a'.repeat(40),
    target: 'rhel-8-containers-candidate',
    branch: 'rhel-8.9.0',
  },
}

/** `clock.lateMs`: by how much the time of `ctx` is ahead. */
export type Submitting = {
  world: TestWorld
  ctx: TestContext
  clock: { lateMs: number }
  stop(): Promise<void>
}

/** Starts both; the caller stops them. @param file the text of a settings file (YAML) */
export async function startSubmitting(lab: LabOptions = {}, file = ''): Promise<Submitting> {
  const clock = { lateMs: 0 }
  const world = await startWorld(lab)
  const own = await createTestContext(world.env, file)
  const ctx = { ...own, now: () => new Date(Date.now() + clock.lateMs) }
  return {
    world,
    ctx,
    clock,
    stop: async () => {
      await ctx.drop()
      await world.stop()
    },
  }
}
