/** Gathers what fixed RPMs affect without an advisory: the search of an RPM advisory, from what the caller says about them. */
import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { isAllowed } from '../domain/rebuild/discover/allow.ts'
import { publishedCriteria } from '../domain/rebuild/discover/criteria.ts'
import { indexFixed } from '../domain/rebuild/images/affected-rpms.ts'
import { epochOf, formatNvr, parseNvr, withEpoch } from '../domain/rebuild/images/nvr.ts'
import { criteriaOfRpms, type NamedRpms } from '../domain/rebuild/plan/what-if.ts'
import { Skip } from '../lib/errors.ts'
import { epochOfBuild } from './fixed-rpms.ts'
import type { Findings } from './handler.ts'
import { findImages } from './images/find.ts'
import { rpmAdvisory, rulesOf } from './rpm-advisory.ts'

/** In reasons, where an advisory would be named. */
const LABEL = 'the named RPMs'

/**
 * Sends only read requests. Images that earlier events have rebuilt count too: what is missing in an image says whether it is
 * rebuilt. @throws Skip with the rule when the operators' rules do not allow it
 */
export async function gatherForRpms(
  ctx: Context,
  rpms: NamedRpms,
  requested: readonly string[],
): Promise<Findings> {
  const services = required(ctx.clients, 'errata', 'pyxis', 'koji', 'pulp')
  const { name } = rpmAdvisory
  const [criteria, rules] = [criteriaOfRpms(rpms), rulesOf(ctx)]
  const allowance = isAllowed(rules, name, 'image', criteria)
  if (!allowance.allowed) throw new Skip(`The operators' rules do not allow it: ${allowance.because}.`)
  const published = isAllowed(rules, name, 'image', publishedCriteria(criteria)).allowed ? true : null
  const plain = rpms.nvrs.map((nvr) => formatNvr(parseNvr(nvr)))
  const builds = await services.koji.getBuilds([...new Set(plain)])
  const exact = rpms.nvrs.map((nvr, index) => {
    const known = plain[index] ?? nvr
    return epochOf(nvr) === null ? withEpoch(known, epochOfBuild(builds.get(known))) : nvr
  })
  const found = await findImages(ctx, services, {
    handlerName: name,
    rules,
    criteria,
    advisory: LABEL,
    fixed: indexFixed(exact),
    contentSets: rpms.contentSets.length > 0 ? [...rpms.contentSets] : null,
    published,
    releaseCategories: published ? ctx.settings.file.container_release_categories : null,
    requested: [...requested],
    alreadyRebuilt: new Map(),
  })
  return {
    ...found,
    fixedRpms: exact,
    whenEmpty: 'No image has an RPM that is older than the named ones.',
  }
}
