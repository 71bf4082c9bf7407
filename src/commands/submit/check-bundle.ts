/** Checks the OpenShift versions that an operator bundle declares: the build system would refuse a bad range later. */
import type { KojiClient } from '../../clients/koji/client.ts'
import { eventSubject } from '../../domain/event-subject.ts'
import {
  isValidVersionRange,
  OPENSHIFT_VERSIONS_LABEL,
} from '../../domain/rebuild/submit/container-request.ts'
import { buildText } from '../../domain/rebuild/texts.ts'

type Build = { eventTypeId: number; originalNvr: string | null }

/** The reason why a bundle cannot be built; undefined when it can be, and for anything but a bundle. */
export async function checkBundle(koji: KojiClient, build: Build): Promise<string | undefined> {
  if (eventSubject(build.eventTypeId) !== 'bundles' || build.originalNvr === null) return undefined
  const original = (await koji.getBuilds([build.originalNvr])).get(build.originalNvr)
  if (!original) return undefined
  const range = (await koji.imageLabels(original.id))[OPENSHIFT_VERSIONS_LABEL]
  return range === undefined || isValidVersionRange(range) ? undefined : buildText.badOpenshiftVersions
}
