/** Changes of an operator bundle that a build fetches from the service and applies (behaviour/freshmaker 6.7). */
import { z } from 'zod'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import type { LabBundle } from '../../../catalogue/entry.ts'
import { FAULTS, HubFault } from '../methods/method.ts'

/** What was found at the URL; null: the request names no URL. */
export type Modifications = { document: unknown } | { fault: string } | null

const documentSchema = z.strictObject({
  pullspec_replacements: z.array(
    z.strictObject({ new: z.string(), original: z.string(), pinned: z.boolean() }),
  ),
  update: z.strictObject({
    metadata: z.strictObject({
      name: z.string(),
      annotations: z.strictObject({ 'olm.substitutesFor': z.string() }).optional(),
    }),
    spec: z.strictObject({ version: z.string() }),
  }),
})

/** The URL in the options of a task's request. */
export function modificationsUrl({ request }: { request: readonly XmlRpcInput[] }): string | null {
  const options = z.object({ operator_csv_modifications_url: z.string() }).safeParse(request[2])
  return options.data?.operator_csv_modifications_url ?? null
}

/** Fetches anonymously, as the build system does. Never rejects: the failure becomes the fault of the build. */
export async function fetchModifications(url: string): Promise<Modifications> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) })
    if (!answer.ok) return { fault: `HTTP ${answer.status} from ${url}` }
    return { document: await answer.json() }
  } catch (problem) {
    return { fault: `${url}: ${String(problem)}` }
  }
}

/** The bundle with its changes. @throws HubFault when they could not be fetched or do not fit the bundle */
export function modifyBundle(
  bundle: LabBundle | undefined,
  modifications: Modifications,
): LabBundle | undefined {
  if (modifications === null) return bundle
  if ('fault' in modifications) throw refuse(modifications.fault)
  if (!bundle) throw refuse('CSV modifications are for operator bundles only')
  const parsed = documentSchema.safeParse(modifications.document)
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error))
  const { pullspec_replacements: pullspecs, update } = parsed.data
  const missing = bundle.pullspecs.find(
    ({ original }) => !pullspecs.some((pullspec) => pullspec.original === original),
  )
  if (missing) throw refuse(`Missing replacement for ${missing.original}`)
  return {
    ...bundle,
    csvName: update.metadata.name,
    version: update.spec.version,
    substitutesFor: update.metadata.annotations?.['olm.substitutesFor'] ?? bundle.substitutesFor,
    pullspecs,
  }
}

function refuse(text: string): HubFault {
  return new HubFault(FAULTS.container, `Image build failed. Error in plugin pin_operator_digest: ${text}`)
}
