/** The catalogue's GraphQL queries and filters (behaviour/services 3). */

const PAGE = 'error { status detail } page page_size'
const IMAGE_FIELDS = `
  _id architecture brew { build package } content_sets parent_brew_build
  parsed_data { labels { name value } }
  repositories { registry repository published tags { name } }`
const RPM_FIELDS = `
  edges { rpm_manifest { error { status detail } data { image_id rpms { name nvra srpm_name srpm_nevra } } } }`
const REPOSITORY_FIELDS = '_id registry repository published release_categories auto_rebuild_tags'

/** A query whose answer is pages of records below `field`. */
export type PagedQuery = { field: 'find_images' | 'find_repositories'; document: string; filter: Filter }

/** A filter as the catalogue takes it: fields with conditions, joined by `and` and `or`. */
export type Filter = { [field: string]: unknown }

/** The members that are requested of images. */
export type ImageFields = { rpms: boolean; total: boolean }

/** Images. Counting them (`total`) is expensive when the filter looks at RPMs. */
export function imagesQuery(filter: Filter, { rpms, total }: ImageFields): PagedQuery {
  const fields = `${PAGE}${total ? ' total' : ''} data {${IMAGE_FIELDS}${rpms ? RPM_FIELDS : ''} }`
  const document = `query ($filter: ContainerImageFilter, $page: Int, $page_size: Int) {
  find_images(filter: $filter, page: $page, page_size: $page_size) { ${fields} }
}`
  return { field: 'find_images', document, filter }
}

/** Repositories. */
export function repositoriesQuery(filter: Filter): PagedQuery {
  const document = `query ($filter: ContainerRepositoryFilter, $page: Int, $page_size: Int) {
  find_repositories(filter: $filter, page: $page, page_size: $page_size) { ${PAGE} total data { ${REPOSITORY_FIELDS} } }
}`
  return { field: 'find_repositories', document, filter }
}

/** What repositories are wanted; null: any. */
export type RepositoryQuery = {
  published: boolean | null
  releaseCategories: readonly string[] | null
  names?: readonly string[] | null
}

/** Red Hat's repositories that match the query. */
export function repositoryFilter({ published, releaseCategories, names }: RepositoryQuery): Filter {
  return {
    and: [
      { vendor_label: { eq: 'redhat' } },
      ...(published === null ? [] : [{ published: { eq: published } }]),
      ...(releaseCategories ? [{ release_categories: { in: releaseCategories } }] : []),
      ...(names ? [{ repository: { in: names } }] : []),
    ],
  }
}

/** Repositories by registry and name. */
export function exactRepositoriesFilter(wanted: readonly { registry: string; repository: string }[]): Filter {
  return {
    or: wanted.map(({ registry, repository }) => ({
      and: [{ registry: { eq: registry } }, { repository: { eq: repository } }],
    })),
  }
}

/** Images that one of the repositories offers under one of the tags, with content from the sets and one of the RPMs. */
export type RpmQuery = {
  repositories: readonly string[]
  tags: readonly string[]
  contentSets: readonly string[]
  rpmNames: readonly string[]
  published: boolean | null
}

/** behaviour/freshmaker 7.3, "Images with RPMs" step 2. */
export function rpmFilter({ repositories, tags, contentSets, rpmNames, published }: RpmQuery): Filter {
  const place = [
    ...(published === null ? [] : [{ published: { eq: published } }]),
    { repository: { in: repositories } },
    { tags_elemMatch: { and: [{ name: { in: tags } }] } },
  ]
  return {
    and: [
      { repositories_elemMatch: { and: place } },
      ...(contentSets.length > 0 ? [{ content_sets: { in: contentSets } }] : []),
      { rpm_manifest: { rpms: { name: { in: rpmNames } } } },
    ],
  }
}

/** Images of these builds. */
export function nvrFilter(nvrs: readonly string[]): Filter {
  return { brew: { build: { in: nvrs } } }
}

/** Images of these packages that are offered publicly anywhere. */
export function nameFilter(names: readonly string[]): Filter {
  return {
    and: [
      { brew: { package: { in: names } } },
      { repositories_elemMatch: { and: [{ published: { eq: true } }] } },
    ],
  }
}

/** Images that a repository publishes under one of the tags. */
export function placeFilter(
  { registry, repository }: { registry: string; repository: string },
  tags: readonly string[],
): Filter {
  const place = [
    { registry: { eq: registry } },
    { repository: { eq: repository } },
    { published: { eq: true } },
    { tags_elemMatch: { and: [{ name: { in: tags } }] } },
  ]
  return { repositories_elemMatch: { and: place } }
}

/** A package and the version of it that is meant. */
export type NameVersion = { name: string; version: string }

/** All published releases of these names and versions, and nothing that merely looks like them. */
export function releasesFilter(wanted: readonly NameVersion[]): Filter {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const prefixes = wanted.map(({ name, version }) => literal(`${name}-${version}`))
  return {
    and: [
      { brew: { package: { in: [...new Set(wanted.map(({ name }) => name))] } } },
      { brew: { build: { regex: `^(?:${prefixes.join('|')})-[^-]+$` } } },
      { repositories_elemMatch: { and: [{ published: { eq: true } }] } },
    ],
  }
}
