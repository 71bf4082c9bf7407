/** Catalogue records in the shapes that Pyxis returns, for tests. */

/** One architecture of an image. */
export function imageRecord(
  nvr: string | null,
  architecture: string | null = 'amd64',
  changes: Record<string, unknown> = {},
) {
  return {
    architecture,
    brew: nvr === null ? null : { build: nvr, package: nvr.replace(/-[^-]+-[^-]+$/, '') },
    content_sets: ['rhel-8-for-x86_64-baseos-rpms'],
    parent_brew_build: 'ubi8-container-8.2-299',
    parsed_data: { labels: [{ name: 'architecture', value: architecture }] },
    repositories: [
      {
        registry: 'registry.example.com',
        repository: 'product/repo1',
        published: true,
        tags: [{ name: 'latest' }],
      },
    ],
    edges: {
      rpm_manifest: {
        error: null,
        data: { image_id: '57ea', rpms: [rpmRecord('openssl', '1.2.3-2.el8', 'x86_64')] },
      },
    },
    ...changes,
  }
}

/** One RPM in a manifest. */
export function rpmRecord(name: string, versionRelease: string, arch: string) {
  return {
    name,
    nvra: `${name}-${versionRelease}.${arch}`,
    srpm_name: name,
    srpm_nevra: `${name}-0:${versionRelease}.src`,
  }
}

/** A repository. */
export function repositoryRecord(repository: string, changes: Record<string, unknown> = {}) {
  return {
    registry: 'registry.example.com',
    repository,
    published: true,
    release_categories: ['Generally Available'],
    auto_rebuild_tags: ['latest'],
    ...changes,
  }
}
