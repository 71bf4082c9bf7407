/** Which RPMs of an image are older than the fixed ones: the one test for found images, their ancestors and results. */
import { shortList } from '../consideration.ts'
import type { InstalledRpm } from './image.ts'
import { compareNvr, type Nvr, parseNvr, stream, tryParseNvr } from './nvr.ts'

/** The fixed builds of one RPM name in one stream; an advisory may list several (`.el8_6` and `.el8_9`). */
type FixedInStream = { nvrs: ReadonlySet<string>; newest: Nvr; newestNvr: string }

/** Fixed builds by RPM name, then by stream; made once for an advisory, then asked for thousands of images. */
export type FixedIndex = ReadonlyMap<string, ReadonlyMap<string, FixedInStream>>

/** An installed RPM and the fixed one it is measured against. */
export type OlderRpm = { name: string; installed: string; wanted: string }

/** Index of an advisory's RPM builds; throws on what is no NVR. */
export function indexFixed(fixedNvrs: readonly string[]): FixedIndex {
  const index = new Map<string, Map<string, FixedInStream>>()
  for (const nvr of fixedNvrs) {
    const parsed = withoutEpoch(parseNvr(nvr))
    const streams = index.get(parsed.name) ?? new Map<string, FixedInStream>()
    index.set(parsed.name, streams)
    const known = streams.get(stream(nvr))
    const isNewest = !known || compareNvr(parsed, known.newest) > 0
    streams.set(stream(nvr), {
      nvrs: new Set([...(known?.nvrs ?? []), nvr]),
      newest: isNewest ? parsed : known.newest,
      newestNvr: isNewest ? nvr : known.newestNvr,
    })
  }
  return index
}

/**
 * The installed RPMs that lack the fix, each once whatever its architectures. An RPM is fixed when it is one of the
 * advisory's builds or at least as new as the newest of its stream. Without a fixed build in its own stream it is not
 * affected: an el8 RPM is never measured against an el9 one. Epochs are not compared (the catalogue leaves them out).
 */
export function olderRpms(fixed: FixedIndex, installed: readonly InstalledRpm[]): OlderRpm[] {
  const older = new Map<string, OlderRpm>()
  for (const { name, nvr } of installed) {
    if (older.has(nvr)) continue
    const candidate = fixed.get(name)?.get(stream(nvr))
    if (!candidate || candidate.nvrs.has(nvr)) continue
    const parsed = tryParseNvr(nvr)
    if (!parsed || compareNvr(withoutEpoch(parsed), candidate.newest) >= 0) continue
    older.set(nvr, { name, installed: nvr, wanted: candidate.newestNvr })
  }
  return [...older.values()]
}

/** Why an image with these RPMs is rebuilt, for a person. */
export function affectedReason(older: readonly OlderRpm[]): string {
  return shortList(older.map(({ installed, wanted }) => `${installed} is older than ${wanted}`))
}

/** Why an ancestor is rebuilt before the image that is built on it. */
export function ancestorReason(childNvr: string, older: readonly OlderRpm[]): string {
  return `${childNvr} is built on it, and ${affectedReason(older)}`
}

function withoutEpoch(nvr: Nvr): Nvr {
  return { ...nvr, epoch: null }
}
