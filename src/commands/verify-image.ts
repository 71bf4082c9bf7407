/** Verifies that an image, or the images of a repository, can be rebuilt (behaviour/freshmaker 3.6). */
import type { PyxisClient } from '../clients/pyxis/client.ts'
import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import {
  contentSetsOf,
  firstPlace,
  imageProblem,
  imagesAt,
  repositoryProblem,
  type VerifiedImage,
} from '../domain/rebuild/discover/verify-image.ts'
import type { CatalogueRepository } from '../domain/rebuild/images/image.ts'
import { RequestRefused } from '../domain/rebuild/intake/request-refused.ts'
import { verifyText } from '../domain/rebuild/texts.ts'
import { UpstreamError } from '../lib/errors.ts'

/** A repository whose images can be rebuilt, with those images by NVR. */
export type VerifiedRepository = { autoRebuildTags: string[]; images: ReadonlyMap<string, VerifiedImage> }

type VerifyContext = Pick<Context, 'settings' | 'clients'>
/** What the client returns for one architecture; `fault`: why it cannot be used. */
type CatalogueRecord = Awaited<ReturnType<PyxisClient['recordsOfBuild']>>[number]

/**
 * The content sets of the image, sorted. Reads only.
 * @throws RequestRefused with the text of what prevents its rebuild, UpstreamError when the catalogue fails
 */
export async function verifyImage(ctx: VerifyContext, nvr: string): Promise<string[]> {
  const pyxis = catalogueOf(ctx)
  const found = await pyxis.recordsOfBuild(nvr)
  const records = found.filter(isReadable)
  const place = firstPlace(records, ctx.settings.file.image_build_repository_registries)
  if (records.length === 0) throw refusal(verifyText.noImage, found)
  refuseFor(imageProblem(records))
  if (!place) throw refusal(verifyText.noRepositoryOf(nvr), found)
  const repository = onlyOne(place.repository, await pyxis.repositoriesAt(place))
  refuseFor(repositoryProblem(repository, rulesOf(ctx)))
  return contentSetsOf(records).toSorted()
}

/**
 * The images that the repository `project/repo` publishes under a tag that is rebuilt automatically. Reads only.
 * @throws RequestRefused with the text of what prevents their rebuild, UpstreamError when the catalogue fails
 */
export async function verifyRepository(ctx: VerifyContext, name: string): Promise<VerifiedRepository> {
  const pyxis = catalogueOf(ctx)
  const repository = onlyOne(name, await pyxis.repositoriesNamed(name))
  refuseFor(repositoryProblem(repository, rulesOf(ctx)))
  const tags = repository.autoRebuildTags ?? []
  const found = await pyxis.recordsInRepository(repository, tags)
  const records = found.filter(isReadable)
  const images = imagesAt(repository, records)
  if (images.size === 0) throw refusal(verifyText.noTaggedImages(tags), found)
  refuseFor(imageProblem(records))
  return { autoRebuildTags: tags, images }
}

function onlyOne(name: string, found: readonly (CatalogueRepository | null)[]): CatalogueRepository {
  const [first, ...more] = found
  if (first === undefined) throw new RequestRefused('invalid', verifyText.noRepository(name))
  if (more.length > 0) throw new RequestRefused('invalid', verifyText.manyRepositories(name))
  if (first === null)
    throw new UpstreamError({
      service: 'pyxis',
      failure: 'odd-answer',
      detail: `the record of repository ${name} cannot be read`,
    })
  return first
}

function refuseFor(problem: string | null): void {
  if (problem !== null) throw new RequestRefused('invalid', problem)
}

/** Nothing counts as missing while there are records that cannot be read. */
function refusal(problem: string, records: readonly CatalogueRecord[]): Error {
  const odd = records.find((record) => !isReadable(record))
  return odd
    ? new UpstreamError({
        service: 'pyxis',
        failure: 'odd-answer',
        detail: `${odd.nvr ?? 'an image'}: ${odd.fault}`,
      })
    : new RequestRefused('invalid', problem)
}

function isReadable({ fault }: CatalogueRecord): boolean {
  return fault === null
}

function rulesOf({ settings: { file } }: VerifyContext) {
  return {
    releaseCategories: file.container_release_categories,
    unpublishedExceptions: file.unpublished_exceptions,
  }
}

function catalogueOf({ clients }: VerifyContext): PyxisClient {
  return required(clients, 'pyxis').pyxis
}
