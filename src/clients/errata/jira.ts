/** Jira: what is special about the vulnerabilities an advisory fixes (behaviour/freshmaker 9.2). */
import { z } from 'zod'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'

/** Where Jira is, and the account it is queried with. */
export type JiraOptions = { url: string; email: string; token: string }

/** Reads of issues; rejects with `UpstreamError`. */
export type JiraClient = {
  /**
   * The special handling of all these issues that are vulnerabilities. An issue that Jira hides from us (403, 404) or
   * cannot show counts as without one; a refused login (401) does not.
   */
  specialHandling(keys: readonly string[]): Promise<string[]>
  close(): Promise<void>
}

const SPECIAL_HANDLING = 'customfield_10670'

const issueSchema = z
  .object({
    fields: z.object({
      issuetype: z.object({ name: z.string() }),
      [SPECIAL_HANDLING]: z.array(z.object({ value: z.string() })).nullish(),
    }),
  })
  .transform(({ fields }) =>
    fields.issuetype.name.toLowerCase() === 'vulnerability'
      ? (fields[SPECIAL_HANDLING] ?? []).map(({ value }) => value)
      : [],
  )

/** Bounds and retries as for the Errata Tool. */
export function createJiraClient({ url, email, token }: JiraOptions, options: ClientOptions): JiraClient {
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`
  const http = createHttpClient({
    ...options,
    tls: undefined,
    service: 'jira',
    url,
    headers: { authorization },
  })

  async function ofIssue(key: string): Promise<string[]> {
    const query = { fields: `issuetype,${SPECIAL_HANDLING}` }
    try {
      return await http.json({ path: `/rest/api/3/issue/${encodeURIComponent(key)}`, query }, issueSchema)
    } catch (error) {
      if (isAboutIssue(error)) return []
      throw error
    }
  }

  return {
    specialHandling: async (keys) => (await Promise.all([...new Set(keys)].map(ofIssue))).flat(),
    close: http.close,
  }
}

/** A 403 concerns the issue: its security level is closed to our account, which Jira otherwise accepts. */
function isAboutIssue(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error.failure !== 'status') return false
  return error.blame === 'thing' || error.status === 403
}
