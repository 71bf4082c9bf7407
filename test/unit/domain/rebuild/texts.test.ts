import { describe, expect, it } from 'vitest'
import {
  asyncText,
  buildText,
  bundleText,
  eventText,
  flatpakText,
  imageText,
  verifyText,
} from '../../../../src/domain/rebuild/texts.ts'

/** Clients match on these texts, so they are repeated here verbatim. */
describe('texts that clients match on', () => {
  it.each([
    [eventText.notAllowed(7), 'Errata advisory 7 is not allowed by internal policy to trigger rebuilds.'],
    [eventText.nothingToRebuild('RHBA-2017'), "No container images to rebuild for advisory 'RHBA-2017'"],
    [eventText.handlingFailed('boom'), 'Handling of event failed with traceback: boom'],
    [
      asyncText.notAllowed('async_build_1'),
      'This image rebuild is not allowed by internal policy. message_id: async_build_1',
    ],
    [
      asyncText.nothingToRebuild('async_build_1'),
      'No container images to rebuild for event with message_id async_build_1',
    ],
    [
      asyncText.neverBuilt('rhel-8', []),
      'One or more of the requested image was never built before for the requested branch: rhel-8. Cannot build it, please change your request.',
    ],
    [
      asyncText.neverBuilt('rhel-8', ['a-container', 'b-container']),
      "One or more of the requested image was never built before for the requested branch: rhel-8. Cannot build it, please change your request. Problematic images are {'a-container', 'b-container'}",
    ],
    [
      asyncText.neverBuilt('b', ["it's-container"]),
      `One or more of the requested image was never built before for the requested branch: b. Cannot build it, please change your request. Problematic images are {"it's-container"}`,
    ],
    [asyncText.rebuilding(2), 'Rebuilding 2 container images.'],
    [verifyText.found(2), 'Found 2 images which are handled by Freshmaker for defined content_sets.'],
    [verifyText.noRepositoryOf('a-1-1'), 'Cannot get repository for image a-1-1 from Pyxis.'],
    [verifyText.noRepository('shop/a'), 'Cannot get repository shop/a from Pyxis.'],
    [verifyText.manyRepositories('shop/a'), 'Multiple records found in Pyxis for image repository shop/a.'],
    [
      verifyText.otherCategories([], []),
      'Only repositories with one of set() release_categories can be rebuilt, but found [].',
    ],
    [
      verifyText.noTaggedImages(['latest', '8']),
      "No published images tagged by ['latest', '8'] found in repository",
    ],
    [bundleText.notAllowed('m-1'), 'This event is not allowed by internal policy. message_id: m-1'],
    [bundleText.nothingToRebuild(7), 'No bundles to rebuild for advisory 7'],
    [bundleText.noneImpacted(7), 'No bundle image is impacted by 7, skip.'],
    [
      bundleText.originalsWithoutDigest(['a-1-1', 'b-1-1']),
      'None of the original images have digests in Pyxis: a-1-1,b-1-1',
    ],
    [bundleText.rebuiltWithoutDigest(['a-1-1']), 'None of the rebuilt images have digests in Pyxis: a-1-1'],
    [bundleText.noCsvData(['a-1-1']), 'CSV data is not available for impacted bundles: a-1-1, skip.'],
    [
      flatpakText.skipped(flatpakText.noneImpacted, 'm-1'),
      'No images are impacted by the advisory. message_id: m-1',
    ],
    [
      flatpakText.noneListed(['a-1-1', 'b-1-1']),
      'None of the specified images are listed in flatpak index service as latest published images impacted by the advisory: a-1-1, b-1-1.',
    ],
    [flatpakText.rebuilding(2), 'Rebuilding 2 container images.'],
    [buildText.handlingFailed('boom'), 'Handling of build failed with traceback: boom'],
    [buildText.notInAnyBatch(2), 'No image to be built in batch 2.'],
    [
      buildText.packagesInDifferentTags(7),
      'Packages for errata advisory 7 found in multiple different tags.',
    ],
    [
      buildText.noneLatestInTag(['a-1-1', 'b-1-1'], 7),
      "None of builds ['a-1-1', 'b-1-1'] of advisory 7 is the latest build in its candidate tag.",
    ],
    [
      imageText.parentNotFound('base-1-1'),
      "Couldn't find parent image base-1-1. Pyxis data is probably incomplete",
    ],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected)
  })
})
