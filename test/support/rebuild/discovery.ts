/** Runs discovery against the lab: gathers and plans for a catalogue, and counts the requests. */
import type { Catalogue } from '../../../lab/catalogue/entry.ts'
import { startLab } from '../../../lab/start.ts'
import { resetWorld } from '../../../lab/world.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import type { Consideration } from '../../../src/domain/rebuild/consideration.ts'
import { type Plan, type PlanInput, planBuilds } from '../../../src/domain/rebuild/plan/plan.ts'
import type { DiscoveryEvent, Findings } from '../../../src/handlers/handler.ts'
import { handlerOfType } from '../../../src/handlers/index.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { requestsTo } from '../lab/requests.ts'
import { ADVISORY } from './affected-images.ts'

/** The result of discovery and planning for one event. */
export type Discovered = {
  findings: Findings
  plan: Plan
  /** The considerations by NVR, as the API returns them. */
  why: ReadonlyMap<string, Consideration>
  /** HTTP requests by service. */
  requests: { pyxis: number; koji: number }
}

/** A running lab with the context of a service; `stop` closes both. */
export type Discovery = {
  ctx: TestContext
  lab: Awaited<ReturnType<typeof startLab>>
  /** Replaces the catalogue of the lab. */
  use(catalogue: Catalogue): void
  /** Gathers and plans for the advisory that fixes OpenSSL. */
  run(event?: Partial<DiscoveryEvent>, options?: Partial<PlanInput>): Promise<Discovered>
  stop(): Promise<void>
}

const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA}}}
image_build_repository_registries: [registry-proxy.example.com]
koji_requests_per_second: 1000
`

/** Settings that allow only published images, with an exception and a base image that has its own repository. */
export const PUBLISHED = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA, published: true}}}
image_build_repository_registries: [registry-proxy.example.com]
unpublished_exceptions: [{registry: registry.example.com, repository: secret/exception}]
image_extra_repo: {ubi9-stream-container-9.3: http://repo.example.com/el9.repo}
update_base_image: true
`

/** `settings` replaces the default settings file (YAML). */
export async function startDiscovery(catalogue?: Catalogue, settings = ''): Promise<Discovery> {
  const lab = await startLab({ catalogue })
  const ctx = await createTestContext(
    { ...lab.urls, GIT_BASE_URL: 'git://dist-git.example.com' },
    settings || SETTINGS,
  )
  return {
    ctx,
    lab,
    use: (next) => {
      lab.world.catalogue = next
      resetWorld(lab.world)
    },
    run: async (event = {}, options = {}) => {
      lab.world.requests.clear()
      const handler = handlerOfType(EVENT_TYPES.ManualRebuildWithAdvisoryEvent)
      if (!handler) throw new Error('no handler for manual rebuilds')
      const findings = await handler.gather(ctx, { ...EVENT, ...event })
      const plan = planBuilds({
        nodes: findings.nodes,
        durations: new Map(),
        medianDurationS: 60,
        ...options,
      })
      const reasons = [...findings.considered, ...plan.considered]
      return {
        findings,
        plan,
        why: new Map(reasons.map((consideration) => [consideration.nvr, consideration])),
        requests: { pyxis: requestsTo(lab.world, 'pyxis'), koji: requestsTo(lab.world, 'koji') },
      }
    },
    stop: async () => {
      await ctx.drop()
      await lab.stop()
    },
  }
}

const EVENT: DiscoveryEvent = {
  id: 1,
  messageId: 'message-1',
  searchKey: String(ADVISORY),
  dryRun: false,
  manualTriggered: false,
  requestedRebuilds: null,
  requesterMetadata: null,
  distGitBranch: null,
  brewTarget: null,
}

/** The images of a plan, sorted. */
export const nvrsOf = (plan: { builds: { originalNvr: string }[] }): string[] =>
  plan.builds.map(({ originalNvr }) => originalNvr).sort()
