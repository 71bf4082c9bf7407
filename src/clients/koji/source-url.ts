/** Source addresses of container builds: where in dist-git, and at which commit. */

/** dist-git `namespace/name` and commit. */
export type SourceCommit = { repository: string; commit: string }

// git+https://host/containers/app?#89abcdef
const SOURCE = /^.*\/([^/]+\/[^/#?]+)\??#(.+)$/

/**
 * Takes `.../{namespace}/{container}#{commit}` apart. Null when it is not such an address, or when the commit is the name of
 * a remote branch (`origin/main`), which is another commit tomorrow (behaviour/freshmaker 7.4).
 */
export function parseSource(url: string | null): SourceCommit | null {
  const [, repository, commit] = SOURCE.exec(url ?? '') ?? []
  return repository && commit && !commit.includes('/') ? { repository, commit } : null
}
