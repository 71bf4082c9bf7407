/** All `state_reason` texts, and those of the verification of images, verbatim: clients match on them (behaviour/freshmaker 1.8, 3.6). */
import { amount } from '../amount.ts'
import { repr } from '../python/text.ts'

/** State reasons of an event about an advisory. */
export const eventText = {
  notAllowed: (advisoryId: number) =>
    `Errata advisory ${advisoryId} is not allowed by internal policy to trigger rebuilds.`,
  nothingToRebuild: (advisoryName: string) => `No container images to rebuild for advisory '${advisoryName}'`,
  allFailedBeforeSubmission: 'No container images to rebuild, all are in failed state.',
  rebuilding: (searchKey: string, count: number) =>
    `Advisory ${searchKey}: Rebuilding ${count} container images.`,
  someFailed: (searchKey: string, failed: number, total: number) =>
    `Advisory ${searchKey}: ${failed} of ${total} container image(s) failed to rebuild.`,
  allRebuilt: (searchKey: string, total: number) =>
    `Advisory ${searchKey}: All ${total} container images have been rebuilt.`,
  allFailed: (searchKey: string, total: number) =>
    `Advisory ${searchKey}: All ${total} container images failed to rebuild.`,
  allCanceled: (searchKey: string, total: number) =>
    `Advisory ${searchKey}: All ${total} container image builds were canceled.`,
  cancelRequested: (eventId: number, user: string | null) =>
    `Event id ${eventId} requested for canceling by user ${user ?? 'None'}`,
  handlingFailed: (error: string) => `Handling of event failed with traceback: ${error}`,
} as const

/** State reasons of an event that resumes another, and why an event cannot be resumed (decision 0016). */
export const resumeText = {
  resumes: (eventId: number, chosen: number, by: string | null, reason: string | null) =>
    `Resumes event ${eventId}: ${chosen > 0 ? `${amount(chosen, 'build is', 'builds are')} planned again` : 'it is discovered again'}.` +
    `${by === null ? '' : ` Requested by ${by}.`}${reason === null ? '' : ` Reason: ${reason}`}`,
  started: (text: string, eventId: number) => `${text} Resumes event ${eventId}.`,
  unknownEvent: (eventId: number) => `Event ${eventId} does not exist.`,
  notEnded: (eventId: number, state: string) =>
    `Event ${eventId} is ${state}: only an event that has ended can be resumed.`,
  alreadyOpen: (eventId: number, openId: number) => `Event ${openId} already resumes event ${eventId}.`,
  advisoryOpen: (searchKey: string, openId: number) =>
    `Advisory ${searchKey} is being handled by event ${openId}, which has to end first.`,
  unknownBuild: (eventId: number, buildId: number) => `Event ${eventId} has no build ${buildId}.`,
  buildDone: (buildId: number) => `The image of build ${buildId} is rebuilt: there is nothing to resume.`,
  nothingLeft: (eventId: number, done: number, canceled: number) =>
    `Event ${eventId} has nothing to resume: ` +
    (canceled === 0
      ? 'every build is DONE.'
      : `${amount(done, 'build is', 'builds are')} DONE, ${amount(canceled, 'was', 'were')} canceled and must be named.`),
} as const

/** State reasons and notes of what Freshmaker had not finished when it was imported (decision 0030). */
export const importText = {
  notPlanned: (eventId: number) =>
    `Freshmaker had not planned this event when it was imported. freshwave retry ${eventId} starts it again.`,
  notPlannedByName:
    'Freshmaker had not planned this event when it was imported, and it does not store the branch with it. Request these ' +
    'images again.',
  notPlannedUnknown: (type: string) =>
    `Freshmaker had not planned this event when it was imported, and nothing here rebuilds for ${type}.`,
  notSubmittedUnknown: (type: string) =>
    `Freshmaker had not submitted this build when it was imported, and nothing here rebuilds for ${type}. Request a rebuild of ` +
    'this image.',
  notSubmitted: (eventId: number) =>
    `Freshmaker had not submitted this build when it was imported. freshwave retry ${eventId} builds it.`,
  leftOpen: (state: string) => `Freshmaker had left this build in state ${state} when its event ended.`,
  notVerified: 'Submitted by Freshmaker: its RPMs were not compared with those of the advisory.',
  lastAttempt:
    'Submitted by Freshmaker, which no longer followed it: if its task failed, it is not tried again, and its RPMs were not ' +
    'compared with those of the advisory.',
} as const

/** State reasons of an event that rebuilds images by name, without an advisory (behaviour/freshmaker 6.6). */
export const asyncText = {
  notAllowed: (messageId: string) =>
    `This image rebuild is not allowed by internal policy. message_id: ${messageId}`,
  nothingToRebuild: (messageId: string) =>
    `No container images to rebuild for event with message_id ${messageId}`,
  neverBuilt: (branch: string, images: readonly string[]) =>
    'One or more of the requested image was never built before for the requested branch: ' +
    `${branch}. Cannot build it, please change your request.${problematic(images)}`,
  rebuilding: (count: number) => `Rebuilding ${count} container images.`,
} as const

/** State reasons of an event that rebuilds operator bundles (behaviour/freshmaker 6.7). */
export const bundleText = {
  notAllowed: (messageId: string) => `This event is not allowed by internal policy. message_id: ${messageId}`,
  nothingToRebuild: (advisoryId: number) => `No bundles to rebuild for advisory ${advisoryId}`,
  noPublishedOriginals: "Can't find any published original builds for images in advisory.",
  originalsWithoutDigest: (nvrs: readonly string[]) =>
    `None of the original images have digests in Pyxis: ${nvrs.join(',')}`,
  rebuiltWithoutDigest: (nvrs: readonly string[]) =>
    `None of the rebuilt images have digests in Pyxis: ${nvrs.join(',')}`,
  noneImpacted: (advisoryId: number) => `No bundle image is impacted by ${advisoryId}, skip.`,
  rebuiltByDependencies: 'All bundles have been rebuilt successfully by dependent events, skip.',
  noCsvData: (nvrs: readonly string[]) =>
    `CSV data is not available for impacted bundles: ${nvrs.join(',')}, skip.`,
  allFailed: 'All bundle rebuilds failed',
  rebuilding: (searchKey: string, count: number) =>
    `Advisory ${searchKey}: Rebuilding ${count} bundle images.`,
} as const

/** State reasons of an event that rebuilds flatpak applications (behaviour/freshmaker 6.8); `skipped` wraps the skip reasons. */
export const flatpakText = {
  noneImpacted: 'No images are impacted by the advisory.',
  noneListed: (images: readonly string[]) =>
    'None of the specified images are listed in flatpak index service as latest published images ' +
    `impacted by the advisory: ${images.join(', ')}.`,
  noneAutoRebuilt: 'No images impacted by the advisory are enabled for auto rebuild.',
  noLongerImpacted: 'Images are no longer impacted by the advisory.',
  skipped: (reason: string, messageId: string) => `${reason} message_id: ${messageId}`,
  rebuilding: asyncText.rebuilding,
} as const

/** State reasons of a build. */
export const buildText = {
  done: 'Built successfully.',
  building: 'Building container image in Koji.',
  retrying: (taskId: number) => `Retrying failed build ${taskId}`,
  failedInKoji: 'Failed to build in Koji.',
  rpmMismatch: (kojiBuildId: number, advisoryId: number, list: string) =>
    `The following RPMs in container build (${kojiBuildId}) do not match with the latest RPMs ` +
    `in advisory (${advisoryId}):\n${list}`,
  dependencyEnded: 'Cannot build artifact, because its dependency cannot be built.',
  notPlanned: 'Container image build is not in PLANNED state.',
  withoutBuildArgs: "Container image does not have 'build_args' filled in.",
  withoutOriginalNvr: 'Container image does not have original_nvr set.',
  badOpenshiftVersions: 'Original image has invalid openshift versions range',
  unknownError: 'An unknown error occurred.',
  noTaskId: 'Error while building container image in Koji.',
  handlingFailed: (error: string) => `Handling of build failed with traceback: ${error}`,
  originNotComplete: (nvr: string, state: string) =>
    `The Koji build of ${nvr} is ${state}, not COMPLETE: nothing can be rebuilt from it or built on it.`,
  builtOnDockerfile: (parentNvr: string) =>
    `Built on the image that its own Dockerfile names: Koji has no build of its parent ${parentNvr}, a scratch build.`,
  onDryRun:
    'Its parent or a compose was made in a dry run and does not exist. Retry the event, which builds all of it again.',
  notInAnyBatch: (batch: number) => `No image to be built in batch ${batch}.`,
  composeFailed: (composeId: number) => `ODCS compose ${composeId} is in failed state.`,
  packagesInDifferentTags: (advisoryId: number) =>
    `Packages for errata advisory ${advisoryId} found in multiple different tags.`,
  noneLatestInTag: (builds: readonly string[], advisoryId: number) =>
    `None of builds ${pythonList(builds)} of advisory ${advisoryId} is the latest build in its candidate tag.`,
  canceledBeforeRunning: 'Build canceled before running on external build system.',
  canceledInKoji: 'Build canceled in external build system.',
  notCanceledInKoji: 'Build was NOT canceled in external build system. Max number of tries reached!',
} as const

/** The answers about an image or a repository that is to be verified (behaviour/freshmaker 3.6). */
export const verifyText = {
  found: (count: number) => `Found ${count} images which are handled by Freshmaker for defined content_sets.`,
  noImage: 'No images found for the specified NVR',
  noContentSets: (nvr: string) =>
    `Found image "${nvr}" in this repository, but it cannot be rebuilt, because the "content_sets" are not set for this image.`,
  noRepositoryOf: (nvr: string) => `Cannot get repository for image ${nvr} from Pyxis.`,
  noRepository: (name: string) => `Cannot get repository ${name} from Pyxis.`,
  manyRepositories: (name: string) => `Multiple records found in Pyxis for image repository ${name}.`,
  otherCategories: (allowed: readonly string[], found: readonly string[]) =>
    `Only repositories with one of ${pythonSet(allowed)} release_categories can be rebuilt, but found ${pythonList(found)}.`,
  notPublished:
    'Only published repositories or unpublished exceptions can be rebuilt, but this repository is not published.',
  tagsNotSet: 'The "auto_rebuild_tags" in COMET is not set.',
  tagsEmpty:
    'The "auto_rebuild_tags" in COMET is set to an empty list, this means rebuilds of images in this repository are disabled.',
  noTaggedImages: (tags: readonly string[]) =>
    `No published images tagged by ${pythonList(tags)} found in repository`,
} as const

/** Reasons why an image could not be resolved; such an image is recorded as a FAILED build (behaviour/freshmaker 7.4, 7.5). */
export const imageText = {
  notResolved: (error: string) => `Cannot resolve the container image: ${error}`,
  parentNotFound: (parentNvr: string) =>
    `Couldn't find parent image ${parentNvr}. Pyxis data is probably incomplete`,
  parentCycle: (members: readonly string[]) =>
    `The parents of this image form a cycle: ${members.join(' -> ')}`,
} as const

function problematic(images: readonly string[]): string {
  if (images.length === 0) return ''
  return ` Problematic images are ${pythonSet(images)}`
}

function pythonList(items: readonly string[]): string {
  return `[${items.map(repr).join(', ')}]`
}

function pythonSet(items: readonly string[]): string {
  return items.length === 0 ? 'set()' : `{${items.map(repr).join(', ')}}`
}
