/** Name and version of a rebuilt bundle's ClusterServiceVersion (CSV) (behaviour/freshmaker 6.7, case A37). */
import type { CsvUpdate } from '../../submit/pullspec-overrides.ts'

/** Name and version of the bundle that is rebuilt. */
export type Csv = { name: string; version: string }

/** An identifier of a pre-release: a number has no leading zeros. */
const PRE = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)'
const SEMVER = new RegExp(
  `^(?:(?:0|[1-9]\\d*)\\.){2}(?:0|[1-9]\\d*)(?:-${PRE}(?:\\.${PRE})*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
)

/** Whether the text is a semantic version; texts longer than any real version do not count as one. */
export function isSemver(text: string): boolean {
  return text.length <= 256 && SEMVER.test(text)
}

/** The suffix of an earlier rebuild at the end of a version's build part. */
const OLD_SUFFIX = /(^|\.)0\.\d+\.(p|patched)$/

/** `1.2.3+beta3` -> `1.2.3+beta3.0.1608854400.p`; the suffix of an earlier rebuild is replaced. */
export function rebuiltVersion(version: string, unixSeconds: number): string {
  const suffix = suffixOf(unixSeconds)
  const plus = version.indexOf('+')
  if (plus < 0) return `${version}+${suffix}`
  const build = version.slice(plus + 1).replace(OLD_SUFFIX, '')
  return `${version.slice(0, plus)}+${build === '' ? '' : `${build}.`}${suffix}`
}

/** The name with the new version in place of the old one, or with the suffix when it does not hold the old one. */
export function rebuiltCsvName({ name, version }: Csv, unixSeconds: number): string {
  const inName = (text: string) => text.replaceAll('+', '-')
  const old = inName(version)
  if (old === '' || !name.includes(old)) return `${name}.${suffixOf(unixSeconds)}`
  return name.replaceAll(old, () => inName(rebuiltVersion(version, unixSeconds)))
}

/** `substitutesFor`: the annotation of the rebuilt bundle, null for none. */
export function csvUpdate(csv: Csv, unixSeconds: number, substitutesFor: string | null): CsvUpdate {
  return {
    name: rebuiltCsvName(csv, unixSeconds),
    version: rebuiltVersion(csv.version, unixSeconds),
    substitutesFor,
  }
}

function suffixOf(unixSeconds: number): string {
  return `0.${Math.floor(unixSeconds)}.p`
}
