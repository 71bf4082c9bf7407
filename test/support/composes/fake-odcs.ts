/** A small server that answers as ODCS does. */
import type { ServerResponse } from 'node:http'
import { sendJson, serve } from '../servers/http-server.ts'

/** A compose as ODCS describes it. */
export function composeAnswer(id: number, state: number, changes: Record<string, unknown> = {}) {
  return {
    id,
    owner: 'freshwave',
    source_type: 4,
    source: 'b-rpms a-rpms',
    state,
    state_name: ['wait', 'generating', 'done', 'removed', 'failed'][state],
    state_reason: null,
    result_repofile: `http://odcs.example.com/composes/odcs-${id}/compose/Temporary/odcs-${id}.repo`,
    flags: [],
    sigkeys: '',
    packages: null,
    ...changes,
  }
}

/** An ODCS that lists `composes` and answers requests as `answer` does; `sent` are the requests. */
export async function odcsThat(
  answer: (response: ServerResponse) => void,
  composes: () => object[] = () => [],
) {
  const { url, received } = await serve(({ method }, response) => {
    if (method === 'POST') return answer(response)
    sendJson(response, { items: composes(), meta: { page: 1 } })
  })
  return { url, sent: () => received.filter(({ method }) => method === 'POST') }
}
