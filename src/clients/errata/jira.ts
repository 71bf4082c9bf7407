/** Jira: what is special about the vulnerabilities an advisory fixes (behaviour/freshmaker 9.2). */
import { z } from 'zod'
import { isOdd, UpstreamError } from '../../lib/errors.ts'
import { hasBody } from '../../lib/http/answer.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { optionalRecordsOf } from '../../lib/records.ts'

/** Where Jira is, and the account it is queried with. */
export type JiraOptions = { url: string; email: string; token: string }

/** Reads of issues; rejects with `UpstreamError`. */
export type JiraClient = {
  /**
   * The special handling of all these issues that are vulnerabilities. An issue that Jira hides from us (by its own 403 or
   * 404), will not show (any other 4xx about it), or whose record cannot be read counts as without one.
   */
  specialHandling(keys: readonly string[]): Promise<string[]>
  close(): Promise<void>
}

const SPECIAL_HANDLING = 'customfield_10670'

const MESSAGES = 'errorMessages'
/** How Jira refuses an issue. */
const refusalSchema = z.object({ [MESSAGES]: z.array(z.string()) })

const issueSchema = z
  .object({
    fields: z.object({
      issuetype: z.object({ name: z.string() }),
      [SPECIAL_HANDLING]: optionalRecordsOf(z.object({ value: z.string() })),
    }),
  })
  .transform(({ fields: { issuetype, [SPECIAL_HANDLING]: handling } }) => ({
    values: issuetype.name.toLowerCase() === 'vulnerability' ? handling.read.map(({ value }) => value) : [],
    unreadable: handling.unreadable,
  }))

/** Bounds and retries as for the Errata Tool. */
export function createJiraClient({ url, email, token }: JiraOptions, options: ClientOptions): JiraClient {
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`
  const http = createHttpClient({
    ...options,
    tls: undefined,
    tlsFiles: undefined,
    service: 'jira',
    saysUnknown: hasBody(refusalSchema),
    url,
    headers: { authorization },
  })

  async function ofIssue(key: string): Promise<string[]> {
    const query = { fields: `issuetype,${SPECIAL_HANDLING}` }
    try {
      const path = `/rest/api/3/issue/${encodeURIComponent(key)}`
      return (await http.json({ path, query }, issueSchema)).values
    } catch (error) {
      if (isOdd(error)) {
        const unreadable = [{ path: key, message: error.message }]
        options.onUnreadable?.({ service: 'jira', what: 'GET issue', unreadable })
        return []
      }
      if (isAboutIssue(error)) return []
      throw error
    }
  }

  return {
    specialHandling: async (keys) => (await Promise.all([...new Set(keys)].map(ofIssue))).flat(),
    close: http.close,
  }
}

/**
 * A refused login is 401, or 403 with a page, such as one with a captcha after failed logins; 403 in Jira's own words is
 * about one issue, such as one under embargo.
 */
function isAboutIssue(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error.failure !== 'status') return false
  return error.blame === 'thing' || (error.status === 403 && error.body.includes(`"${MESSAGES}"`))
}
