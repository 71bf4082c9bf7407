/** Lets a test change any answer of any service before it is sent, e.g. to replace members of records with odd values. */
import type { Service } from './fault-rule.ts'

/**
 * Returns the changed answer; `json` is a copy that may be modified. It is the decoded body, for the git server and for
 * other plain texts a string, and for the hub the value of one call, also inside a multiCall (the list of all its
 * entries is the value of `multiCall`). `operation` is as in fault rules.
 */
export type Mutate = (service: Service, operation: string, json: unknown) => unknown

/** Applies `mutate` to the body of an HTTP answer, unless it is XML: the hub applies it to values before it encodes them. */
export async function mutateAnswer(
  mutate: Mutate,
  service: Service,
  operation: string,
  answer: Response,
): Promise<Response> {
  const type = answer.headers.get('content-type') ?? ''
  if (type.includes('xml')) return answer
  const text = await answer.text()
  const changed = mutate(service, operation, type.includes('json') ? JSON.parse(text) : text)
  const body = typeof changed === 'string' && !type.includes('json') ? changed : JSON.stringify(changed)
  return new Response(body ?? '', { status: answer.status, headers: answer.headers })
}
