/** Client of Jira: the special handling of the vulnerabilities that an advisory fixes (behaviour/freshmaker 9.2). */
import { z } from 'zod'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'

/** Root URL of Jira, and the account used to query it. */
export type JiraOptions = { url: string; email: string; token: string }

/** Reads issues. Safe to repeat; rejects with `UpstreamError`. */
export type JiraClient = {
  /** The special handling values of those issues that are vulnerabilities; issues we may not see are skipped. */
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

/** Uses the limits and retries of the Errata Tool. */
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
      if (error instanceof UpstreamError && error.status !== undefined && error.status < 500) return []
      throw error
    }
  }

  return {
    specialHandling: async (keys) => (await Promise.all([...new Set(keys)].map(ofIssue))).flat(),
    close: http.close,
  }
}
