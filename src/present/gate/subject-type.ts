/** Subject types as JSON, for `GET /subject_types` (behaviour/greenwave 2.1). */
import type { Serialization, SubjectType } from '../../domain/gate/subject/subject-type.ts'
import type { VersionPattern } from '../../domain/gate/subject/version-pattern.ts'

/** All attributes of a type under the names of the YAML files; unset ones are null, `[]` or `{}`. */
export function subjectTypeJson(type: SubjectType) {
  return {
    id: type.id,
    aliases: type.aliases,
    item_key: type.itemKey,
    is_koji_build: type.isKojiBuild,
    is_nvr: type.isNvr,
    ignore_missing_policy: type.ignoreMissingPolicy,
    product_version_match: type.productVersionMatch.map(patternJson),
    product_version_from_koji_build_target: type.productVersionFromKojiBuildTarget.map(patternJson),
    product_version: type.productVersion,
    item_dict: serializationJson(type.itemDict),
    result_queries: type.resultQueries.map(serializationJson),
  }
}

function patternJson({ match, productVersion }: VersionPattern) {
  return { match, product_version: productVersion }
}

function serializationJson({ itemKey, keys }: Serialization) {
  return { ...(itemKey === null ? {} : { item_key: itemKey }), ...(keys === null ? {} : { keys }) }
}
