/** Build names: `name-version-release` (NVR), with `.arch` (NVRA): parsing, order and stream (behaviour/freshmaker 7.1). */
import { compareEvr, type Evr, type VersionOrder } from './rpm-version.ts'

/** The parts of an NVR; the epoch is null unless it was given. */
export type Nvr = Evr & { name: string }

const NVR = /^(?:(\d+):)?(.+)-(?:(\d+):)?([^-]+)-([^-]+)$/

/** What the build system allows in names, and short enough for an entry of a database index. */
const NAME = /^[\x21-\x7e]{1,500}$/

/** Parses an NVR; the epoch may precede the name or the version. Null: not an NVR. */
export function tryParseNvr(nvr: string): Nvr | null {
  const match = NAME.test(nvr) ? NVR.exec(nvr) : null
  if (!match) return null
  const [, before, name = '', inside, version = '', release = ''] = match
  const epoch = before ?? inside
  return { name, version, release, epoch: epoch === undefined ? null : Number(epoch) }
}

/** Parses an NVR; throws on anything else. */
export function parseNvr(nvr: string): Nvr {
  const parsed = tryParseNvr(nvr)
  if (!parsed) throw new Error(`Not a name-version-release: '${nvr}'`)
  return parsed
}

/** Parses `openssl-1.2.3-2.el8.x86_64`, with or without `.rpm` and epoch; throws when the architecture is missing. */
export function parseNvra(nvra: string): { name: string; nvr: string; arch: string } {
  const text = nvra.endsWith('.rpm') ? nvra.slice(0, -'.rpm'.length) : nvra
  const dot = text.lastIndexOf('.')
  const parsed = dot < 0 ? null : tryParseNvr(text.slice(0, dot))
  if (!parsed) throw new Error(`Not a name-version-release.arch: '${nvra}'`)
  return { name: parsed.name, nvr: formatNvr(parsed), arch: text.slice(dot + 1) }
}

/** NVR of an RPM file: the last two dotted parts (`.arch.rpm`) are cut off without being checked. */
export function rpmFileToNvr(file: string): string {
  return file.split('.').slice(0, -2).join('.')
}

/** `openssl-0:1.2.3-2.el8.src` -> `openssl-1.2.3-2.el8`. */
export function srpmNevraToNvr(nevra: string): string {
  return parseNvra(nevra).nvr
}

/** The epoch in a NEVRA or NVR; null without one. */
export function epochOf(nevra: string): number | null {
  return tryParseNvr(nevra)?.epoch ?? null
}

/** `name-epoch:version-release`; the NVR itself when the epoch is unknown. */
export function withEpoch(nvr: string, epoch: number | null): string {
  const parsed = epoch === null ? null : tryParseNvr(nvr)
  return parsed ? `${parsed.name}-${epoch}:${parsed.version}-${parsed.release}` : nvr
}

/** The NVR of a text that may have an epoch; a text that is not an NVR stays. */
export function withoutEpoch(nvr: string): string {
  const parsed = tryParseNvr(nvr)
  return parsed ? formatNvr(parsed) : nvr
}

/** The release of an NVR; undefined: there is none, or it is not an NVR. */
export function releaseOf(nvr: string | null): string | undefined {
  return nvr === null ? undefined : tryParseNvr(nvr)?.release
}

/** `name-version-release`, without epoch. */
export function formatNvr({ name, version, release }: Nvr): string {
  return `${name}-${version}-${release}`
}

/** Compares two builds of one name; throws when the names differ, because then neither is older. */
export function compareNvr(a: Nvr, b: Nvr): VersionOrder {
  if (a.name !== b.name) {
    throw new Error(`Cannot compare builds of different names: '${formatNvr(a)}' and '${formatNvr(b)}'`)
  }
  return compareEvr(a, b)
}

/** Sorts by name, then by version; `descending` reverses both. Stable for equal builds. */
export function sortNvrs(nvrs: readonly string[], { descending = false } = {}): string[] {
  const sign = descending ? -1 : 1
  return nvrs
    .map((nvr) => ({ nvr, parsed: parseNvr(nvr) }))
    .sort((a, b) => sign * compareByName(a.parsed, b.parsed))
    .map(({ nvr }) => nvr)
}

/** The order of `sortNvrs`: names as plain text, and within a name the older build first. */
export function compareByName(a: Nvr, b: Nvr): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return compareEvr(a, b)
}

/** Whether the package was built as part of a module. */
export function isModular(nvr: string): boolean {
  return nvr.includes('module+')
}

const DIST = /(?:^|[.+_])(el|fc)(\d+)/
const MINOR_DIST = /(?:^|[.+_])(el\d+_\d+)/

/**
 * The stream of an RPM build: the major part of its dist tag (`.el8_6` -> `el8`), prefixed with `module+` in a module;
 * '' without a dist tag. Only builds of one stream can be compared: an el8 build is not older than an el9 one. All streams of a
 * module are one here; `module-streams.ts` distinguishes them.
 */
export function stream(nvr: string): string {
  const release = nvr.slice(nvr.lastIndexOf('-') + 1)
  const dist = DIST.exec(release)
  return `${isModular(nvr) ? 'module+' : ''}${dist ? `${dist[1]}${dist[2]}` : ''}`
}

/** The dist tag of a build for one minor release (`.el8_6.2` -> `el8_6`), which only gets fixes; null for any other build. */
export function minorDist(nvr: string): string | null {
  return MINOR_DIST.exec(nvr.slice(nvr.lastIndexOf('-') + 1))?.[1] ?? null
}

/**
 * NVR of a rebuild: the release keeps its first dotted part, followed by the time and the configured suffix
 * (behaviour/freshmaker 8.2). `foo-1-2.1500000000` -> `foo-1-2.1600000000`.
 */
export function rebuiltNvr(original: string, unixSeconds: number, suffix: string): string {
  const { name, version, release } = parseNvr(original)
  const [first] = release.split('.')
  return `${name}-${version}-${first}.${Math.floor(unixSeconds)}${suffix}`
}

/** The second in the NVR of a rebuild, which `rebuiltNvr` put there; null in any other NVR. */
export function secondOfRebuild(rebuilt: string): number | null {
  const second = /\.(\d+)/.exec(tryParseNvr(rebuilt)?.release ?? '')?.[1]
  return second === undefined ? null : Number(second)
}
