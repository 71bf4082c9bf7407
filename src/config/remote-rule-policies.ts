/** Where rule files of packages are: URL templates by subject type (behaviour/greenwave 4.1). */
import { z } from 'zod'

/** One template or several for each canonical subject type; `*` is for all others. */
export const remoteRulePoliciesSchema = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string())], { error: 'must be a URL template or a list of them' }),
)

/** As written in the settings. */
export type RemoteRulePolicies = z.infer<typeof remoteRulePoliciesSchema>

/** The template for sources of packages. */
export const DIST_GIT = 'https://src.fedoraproject.org/{pkg_namespace}{pkg_name}/raw/{rev}/f/gating.yaml'
const SIDE_TAGS = 'https://git.example.com/devops/greenwave-policies/side-tags/raw/master/{subject_id}.yaml'

/** The templates when none are set. */
export const DEFAULT_REMOTE_RULE_POLICIES: RemoteRulePolicies = {
  'brew-build-group': SIDE_TAGS,
  '*': DIST_GIT,
}
