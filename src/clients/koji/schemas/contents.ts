/** Shapes of what builds consist of: archives and RPMs, in the hub and in metadata files (behaviour/koji 6). */
import { z } from 'zod'
import { optionalRecordsOf, type Records, recordsOf, type Unreadable } from '../../../lib/records.ts'
import { id, optionalText } from './wire.ts'

const imageConfigSchema = z
  .object({ Labels: z.record(z.string(), optionalText).nullish().catch(null) })
  .nullish()

/** `listArchives` of images. */
export const archivesSchema = recordsOf(
  z
    .object({
      id,
      arch: optionalText,
      extra: z
        .object({
          image: z.object({ arch: optionalText }).nullish().catch(null),
          docker: z
            .object({ config: z.object({ config: imageConfigSchema }).nullish() })
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
    })
    .transform(({ id: archiveId, arch, extra }) => ({
      id: archiveId,
      arch: extra?.image?.arch ?? arch,
      labels: textsOf(extra?.docker?.config?.config?.Labels ?? {}),
    })),
)
export type ImageArchives = z.output<typeof archivesSchema>

function textsOf(labels: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

/**
 * `listRPMs`, and the RPM components of a metadata file, which have the same fields. A missing epoch is 0; one that cannot be
 * read is null, as it is not known.
 */
const rpmSchema = z.object({
  name: z.string(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
  epoch: z
    .union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])
    .nullish()
    .transform((epoch): number | null => epoch ?? 0)
    .catch(null),
})
export type KojiRpm = z.output<typeof rpmSchema>

/** `listRPMs`. */
export const rpmsSchema = recordsOf(rpmSchema)
export type KojiRpms = Records<KojiRpm>

/** A component that is certainly not an RPM: its type says so. */
const OTHER_COMPONENT = z.object({ type: z.string().refine((type) => type !== 'rpm') })

const outputSchema = z.object({
  type: z.string(),
  arch: optionalText,
  components: optionalRecordsOf(z.union([rpmSchema.extend({ type: z.literal('rpm') }), OTHER_COMPONENT])),
})

type Metadata = {
  images: (KojiRpms & { arch: string | null })[]
  unreadable: Unreadable[]
}

/** `metadata.json` of an imported build: the RPMs of each image in it, and all that cannot be read. */
export const metadataSchema = z
  .object({ output: recordsOf(outputSchema) })
  .transform(({ output }): Metadata => {
    const images = output.read
      .filter(({ type }) => type === 'docker-image')
      .map(({ arch, components: { read, unreadable } }) => ({
        arch,
        read: read.filter((component) => 'name' in component),
        unreadable,
      }))
    return { images, unreadable: [...output.unreadable, ...images.flatMap(({ unreadable }) => unreadable)] }
  })
