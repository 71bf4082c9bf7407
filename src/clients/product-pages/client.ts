/** Product Pages: when a version of OpenShift became generally available (behaviour/freshmaker 9.7). */
import { z } from 'zod'
import { lookUpEach } from '../../lib/async/look-up-each.ts'
import { hasBody } from '../../lib/http/answer.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { optionalRecordsOf, type Unreadable, unreadableList } from '../../lib/records.ts'
import { createProductPagesLogin, type LoginOptions } from './login.ts'

/** `url` is the root of the API. `login`: how to get a session; without it requests are anonymous. */
export type ProductPagesOptions = ClientOptions & { login?: LoginOptions }

/** `unreadable`: the versions without a readable date, with what is wrong there. */
type Availability = { available: ReadonlySet<string>; unreadable: ReadonlyMap<string, Unreadable[]> }

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. */
export type ProductPagesClient = {
  /**
   * The versions among these (`4.14`) that are generally available at `now`; one without a date is not. A day
   * counts from its beginning, in UTC.
   */
  availableOpenshift(versions: readonly string[], now: Date): Promise<Availability>
  close(): Promise<void>
}

/** How Product Pages says that a release is unknown. */
const refusalSchema = z.object({ detail: z.string() })

const dateSchema = z.object({ date_finish: z.iso.date() })

/** Tasks of the schedule, read one by one; the first usable date counts. */
const tasksSchema = optionalRecordsOf(dateSchema)

/** Bounds and retries come from `options`. */
export function createProductPagesClient(options: ProductPagesOptions): ProductPagesClient {
  const http = createHttpClient({ ...options, service: 'product-pages', saysUnknown: hasBody(refusalSchema) })
  const logIn = options.login && createProductPagesLogin(options, options.login)

  async function readDates(version: string, headers: Record<string, string>) {
    const path = `/releases/openshift-${encodeURIComponent(version)}/schedule-tasks/`
    const query = { flags_or__in: 'ga,ga-main', fields: 'name,date_finish' }
    return (await http.jsonOrNull({ path, query, headers }, tasksSchema)) ?? { read: [], unreadable: [] }
  }

  return {
    availableOpenshift: async (versions, now) => {
      const headers = versions.length > 0 && logIn ? await logIn() : {}
      const read = await lookUpEach([...new Set(versions)], (version) => readDates(version, headers))
      const dated = read.map(([version, result]) => {
        const { read: dates, unreadable } = result.ok ? result.value : unreadableList(result.error)
        return { version, dates, unreadable }
      })
      const available = dated.filter(({ dates: [first] }) => first && startOf(first) <= now)
      const faulty = dated.filter(({ dates, unreadable }) => dates.length === 0 && unreadable.length > 0)
      return {
        available: new Set(available.map(({ version }) => version)),
        unreadable: new Map(faulty.map(({ version, unreadable }) => [version, unreadable])),
      }
    },
    close: async () => {
      await http.close()
    },
  }
}

function startOf({ date_finish }: z.output<typeof dateSchema>): Date {
  return new Date(`${date_finish}T00:00:00Z`)
}
