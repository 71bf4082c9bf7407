/** Finds what fixed RPMs affect without an advisory: like the search for an RPM advisory, but with properties that the caller gives. */

import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { isAllowed } from '../domain/rebuild/discover/allow.ts'
import { publishedCriteria } from '../domain/rebuild/discover/criteria.ts'
import { ARTIFACT_TYPE } from '../domain/rebuild/discover/rule-names.ts'
import { indexFixed } from '../domain/rebuild/images/affected-rpms.ts'
import { epochOf, formatNvr, parseNvr, withEpoch } from '../domain/rebuild/images/nvr.ts'
import { criteriaOfRpms, type NamedRpms } from '../domain/rebuild/plan/what-if.ts'
import { Skip } from '../lib/errors.ts'
import { rulesOf } from './allow.ts'
import { epochOfBuild } from './fixed-rpms.ts'
import type { Findings } from './handler.ts'
import { findImages } from './images/find-images.ts'
import { rpmAdvisory } from './rpm-advisory.ts'

/** Stands in reasons where the advisory would be named. */
const LABEL = 'the named RPMs'

/**
 * Sends only read requests. Images that earlier events have rebuilt are not left out: whether an image lacks the RPMs decides.
 * @throws Skip with the rule when the operators' rules do not allow it
 */
export async function gatherForRpms(
  ctx: Context,
  rpms: NamedRpms,
  requested: readonly string[],
): Promise<Findings> {
  const services = required(ctx.clients, 'errata', 'pyxis', 'koji', 'pulp')
  const { name } = rpmAdvisory
  const criteria = criteriaOfRpms(rpms)
  const rules = rulesOf(ctx)
  const allowance = isAllowed(rules, name, ARTIFACT_TYPE, criteria)
  if (!allowance.allowed) throw new Skip(`The operators' rules do not allow it: ${allowance.because}.`)
  const published = isAllowed(rules, name, ARTIFACT_TYPE, publishedCriteria(criteria)).allowed ? true : null
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
