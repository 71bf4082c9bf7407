/** `GET /api/v1.0/decision/stream`: a decision, and then every change of it (behaviour/streams 3). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { decide } from '../../../commands/gate/decide.ts'
import type { Gate } from '../../../commands/gate/open-gate.ts'
import type { Streams } from '../../../commands/streams/open-streams.ts'
import type { DecisionRequest } from '../../../domain/gate/request/request.ts'
import { type DecisionKey, filterOfDecision } from '../../../domain/streams/change.ts'
import { refuseBadTexts } from '../../../gate-input/request/body.ts'
import { parseDecisionRequest } from '../../../gate-input/request/parse-request.ts'
import { decisionText } from '../../../present/gate/decision.ts'
import { presentRequest } from '../../../present/gate/request.ts'
import { type Api, type ApiEnv, GATE_ROOT } from '../../api.ts'
import { json } from '../../schemas.ts'
import type { StreamConnections } from '../../streams/connections.ts'
import { openingFrames } from '../../streams/frames.ts'
import { lastEventId } from '../../streams/last-event-id.ts'
import { lastEventIdQuery, streamBody } from '../../streams/schemas.ts'
import { decisionFaultSchema } from '../gate/decision-schemas.ts'
import { messageSchema } from '../gate/schemas.ts'

const FIELDS = ['subject_type', 'subject_identifier', 'decision_context', 'product_version'] as const

const text = (example: string) => z.string().openapi({ example })
const route = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/decision/stream`,
  tags: ['gate'],
  summary: 'A decision and its changes, as server-sent events',
  request: {
    query: z.object({
      subject_type: text('koji_build'),
      subject_identifier: text('glibc-2.39-2.fc40'),
      decision_context: text('bodhi_update_push_stable'),
      product_version: text('fedora-40'),
      ...lastEventIdQuery,
    }),
  },
  responses: {
    200: streamBody('`decision` as POST /decision answers it, then `decision.update` for each change'),
    400: json(messageSchema, 'An argument is invalid'),
    404: json(messageSchema, 'No policy applies, or the build does not exist'),
    502: json(decisionFaultSchema, 'An upstream service failed'),
    503: json(messageSchema, 'Too many streams are open, or the database cannot be reached'),
    504: json(decisionFaultSchema, 'An upstream service did not answer in time'),
  },
})

/** Adds the route. The arguments are checked as those of a decision, with the same texts. */
export function addDecisionStream(
  app: Api,
  gate: Gate,
  streams: Streams,
  connections: StreamConnections,
): void {
  app.openAPIRegistry.registerPath(route)
  app.get(route.path, async (c) => {
    const body = Object.fromEntries(FIELDS.map((name) => [name, c.req.query(name)]))
    const filter = filterOfDecision(keyOf(parse(gate, body)))
    const last = lastEventId(c)
    connections.checkRoom(c)
    // Before the decision: a change meanwhile is sent behind it, even if the decision has seen it already.
    const { after, hasGap } = await streams.beginning(last)
    const needsDecision = (last === null || hasGap) && c.req.method !== 'HEAD'
    const decision = needsDecision ? await decisionOf(c, gate, body) : undefined
    const first = openingFrames({ after, missedAfter: hasGap ? last : null, decision })
    return connections.open(c, { kind: 'decision', filter, after, first })
  })
}

function parse(gate: Gate, body: Record<string, string | undefined>): DecisionRequest {
  refuseBadTexts(body)
  const request = parseDecisionRequest(body, gate.policies().subjectTypes)
  if (request.malformedSubject) throw request.malformedSubject
  return request
}

/** The key of the decision in messages about changes, which have the type's id where the request may have an alias. */
function keyOf({ subjects, contexts, productVersion }: DecisionRequest): DecisionKey {
  const [subject] = subjects
  const [decisionContext] = contexts
  if (!subject || decisionContext === undefined) throw new Error('a request without subject or context')
  const { type, identifier: subjectIdentifier } = subject
  return { subjectType: type.id, subjectIdentifier, decisionContext, productVersion }
}

async function decisionOf(c: Context<ApiEnv>, gate: Gate, body: object): Promise<string> {
  const { decision } = await decide(gate, () => body, {
    signal: c.req.raw.signal,
    requestId: c.get('requestId'),
    onRequest: (request) => c.set('about', presentRequest(request)),
  })
  return decisionText(decision, gate.settings.distinctLatestResultsOn)
}
