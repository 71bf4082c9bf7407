/** Whether an image or the images of a repository can be rebuilt: `/verify-image`, `/verify-image-repository` (behaviour/freshmaker 3.6). */
import { createRoute, z } from '@hono/zod-openapi'
import { verifyImage, verifyRepository } from '../../commands/verify-image.ts'
import { verifyText } from '../../domain/rebuild/texts.ts'
import { withinPatience } from '../../lib/async/caller-patience.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { errorSchema, json } from '../schemas.ts'

const texts = z.array(z.string())
const message = z.string().openapi({ example: verifyText.found(1) })
const part = (name: string, example: string) =>
  z.string().openapi({ type: 'string', example, param: { name, in: 'path' } })

const imageSchema = z
  .object({
    images: z.record(z.string(), texts).openapi({ description: 'Content sets by NVR, sorted' }),
    msg: message,
  })
  .openapi('VerifiedImage')

const repositorySchema = z
  .object({
    images: z.record(z.string(), z.object({ content_sets: texts, tags: texts })).openapi({
      description: 'The published images with one of these tags, by NVR',
    }),
    msg: message,
    repository: z.object({ auto_rebuild_tags: texts }),
  })
  .openapi('VerifiedRepository')

const failures = {
  400: json(errorSchema, 'It cannot be rebuilt, for the reason in `message`'),
  502: json(errorSchema, 'The catalogue failed'),
  503: json(errorSchema, 'The catalogue is not configured'),
  504: json(errorSchema, 'The catalogue did not answer in time'),
}

/** Both routes in one version; they only read, and need no login. */
export function addVerify(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const image = createRoute({
    method: 'get',
    path: `/api/${version}/verify-image/{nvr}`,
    tags: ['images'],
    summary: 'Whether an image can be rebuilt',
    request: { params: z.object({ nvr: part('nvr', 'ubi8-container-8.9-1') }) },
    responses: { 200: json(imageSchema, 'It can be rebuilt'), ...failures },
  })
  app.openapi(image, async (c) => {
    const { nvr } = c.req.valid('param')
    const contentSets = await withinPatience('pyxis', verifyImage(ctx, nvr))
    return c.json({ images: { [nvr]: contentSets }, msg: verifyText.found(1) }, 200)
  })

  const repository = createRoute({
    method: 'get',
    path: `/api/${version}/verify-image-repository/{project}/{repo}`,
    tags: ['images'],
    summary: 'Which images of a repository can be rebuilt',
    request: { params: z.object({ project: part('project', 'ubi8'), repo: part('repo', 'nodejs-18') }) },
    responses: { 200: json(repositorySchema, 'They can be rebuilt'), ...failures },
  })
  app.openapi(repository, async (c) => {
    const { project, repo } = c.req.valid('param')
    const verified = verifyRepository(ctx, `${project}/${repo}`)
    const { autoRebuildTags, images } = await withinPatience('pyxis', verified)
    const shown = [...images]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([nvr, { contentSets, tags }]) => [nvr, { content_sets: contentSets, tags }] as const)
    const answer = {
      images: Object.fromEntries(shown),
      msg: verifyText.found(images.size),
      repository: { auto_rebuild_tags: autoRebuildTags },
    }
    return c.json(answer, 200)
  })
}
