/** The flatpak index: which published flatpaks are built from a module (behaviour/freshmaker 6.8). */
import { z } from 'zod'
import { tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { optionalRecordsOf, type Records } from '../../lib/records.ts'

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. */
export type FlatpakIndexClient = {
  /** NVRs of the latest published images that contain the module stream; none when the index does not list it. */
  imagesOfModule(module: { name: string; stream: string }): Promise<Records<string>>
  close(): Promise<void>
}

const imageSchema = z
  .object({ ImageNvr: z.string().refine((text) => tryParseNvr(text) !== null, 'is not an NVR') })
  .transform(({ ImageNvr: nvr }) => nvr)

const moduleSchema = z
  .object({ Images: optionalRecordsOf(imageSchema) })
  .transform(({ Images: images }) => images)

/** `options.url` is the server. Bounds and retries come from `options`. */
export function createFlatpakIndexClient(options: ClientOptions): FlatpakIndexClient {
  const http = createHttpClient({ ...options, service: 'flatpak-index' })
  return {
    imagesOfModule: async ({ name, stream }) => {
      const file = `${encodeURIComponent(name)}:${encodeURIComponent(stream)}.json`
      const answer = await http.jsonOrNull({ path: `/released/contents/modules/${file}` }, moduleSchema)
      return answer ?? { read: [], unreadable: [] }
    },
    close: http.close,
  }
}
