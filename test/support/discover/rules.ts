/** Allow and block rules of a handler for images, and what they decide. */
import { type AllowRules, isAllowed, ruleListSchema } from '../../../src/domain/rebuild/discover/allow.ts'
import type { Criteria } from '../../../src/domain/rebuild/discover/criteria.ts'

/** The handler that the rules are for. */
export const HANDLER = 'RebuildImagesOnRPMAdvisoryChange'

/** The rules as they are configured; undefined: there are none in that list. */
export const rules = (allow: unknown, block?: unknown): AllowRules => ({
  allow: ruleListSchema('allowlist').parse(allow === undefined ? {} : { [HANDLER]: { image: allow } }),
  block: ruleListSchema('blocklist').parse(block === undefined ? {} : { [HANDLER]: { image: block } }),
})

/** Whether the rules allow an image with these criteria. */
export const allowed = (allow: unknown, criteria: Criteria, block?: unknown): boolean =>
  isAllowed(rules(allow, block), HANDLER, 'image', criteria).allowed
