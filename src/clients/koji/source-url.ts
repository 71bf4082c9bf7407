/** Source URLs of container builds: the dist-git repository and the commit. */

/** dist-git `namespace/name` and commit. */
export type Source = { repository: string; commit: string }

// git+https://host/containers/app?#89abcdef
const SOURCE = /^.*\/([^/]+\/[^/#?]+)\??#(.+)$/

/**
 * Parses `.../{namespace}/{container}#{commit}`. Null for any other text, and when the commit is the name of a remote
 * branch (`origin/main`), which may be another commit tomorrow (behaviour/freshmaker 7.4).
 */
export function parseSource(url: string | null): Source | null {
  const [, repository, commit] = SOURCE.exec(url ?? '') ?? []
  return repository && commit && !commit.includes('/') ? { repository, commit } : null
}
