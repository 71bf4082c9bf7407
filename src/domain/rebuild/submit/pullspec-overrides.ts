/** What the build system changes in an operator bundle; the JSON names are part of the API (behaviour/freshmaker 3.2, 6.7). */

/** An image that a bundle refers to: `new` is `registry/repository@digest`, `original` what the sources say. */
export type Pullspec = { new: string; original: string; pinned: boolean }

/** New name and version of the bundle's CSV; `substitutesFor` is its annotation, null: none. */
export type CsvUpdate = { name: string; version: string; substitutesFor: string | null }

/** The overrides of one bundle build; `replacements` has all its images, also those that stay. */
export type PullspecOverrides = { replacements: readonly Pullspec[]; update: CsvUpdate }

/** The stored and published form; its keys are sorted. */
export function toOverridesJson({ replacements, update }: PullspecOverrides) {
  const { name, version, substitutesFor } = update
  const annotations = substitutesFor === null ? {} : { annotations: { 'olm.substitutesFor': substitutesFor } }
  return {
    pullspec_replacements: replacements.map(({ new: pullspec, original, pinned }) => ({
      new: pullspec,
      original,
      pinned,
    })),
    update: { metadata: { ...annotations, name }, spec: { version } },
  }
}
