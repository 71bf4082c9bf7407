/** The repository and revision of a build, parsed from the source URL in the build system (behaviour/greenwave 4.2). */

/** Repository and revision; `namespace` is empty for repositories without one. */
export type ScmUrl = { namespace: string; name: string; revision: string }

const PARTS = /^(?:[^:/?#]+:)?(?:\/\/[^/?#]*)?(?<path>[^?#]*)(?:\?[^#]*)?(?:#(?<revision>.+))?$/s
const CONTAINER_SUFFIX = '-container'

/** Parses a URL such as `git+https://host/rpms/nethack.git#c3c4`; null without a revision. */
export function parseScmUrl(url: string): ScmUrl | null {
  const { path, revision } = PARTS.exec(url)?.groups ?? {}
  if (path === undefined || revision === undefined) return null
  const pieces = path.split('/')
  const namespace = pieces.length >= 3 ? (pieces.at(-2) ?? '') : ''
  const name = (pieces.at(-1) ?? '').replace(/\.git$/, '')
  // The repository of a container image lacks the suffix that its builds have in their name.
  const isContainer = namespace === 'containers' && name.endsWith(CONTAINER_SUFFIX)
  return { namespace, name: isContainer ? name.slice(0, -CONTAINER_SUFFIX.length) : name, revision }
}
