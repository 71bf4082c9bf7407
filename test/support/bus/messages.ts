/** Messages as the Errata Tool, Koji and ODCS publish them: made-up samples in the recorded shapes. */
import type { Message } from 'rhea'

export const STATUS_TOPIC = 'VirtualTopic.eng.errata.activity.status'

/** Body of a status change of an advisory. */
export function statusBody(errataId: number, to = 'SHIPPED_LIVE') {
  return {
    errata_id: errataId,
    errata_status: to,
    from: 'IN_PUSH',
    to,
    type: 'RHSA',
    fulladvisory: `RHSA-2026:${errataId}-01`,
    synopsis: 'Critical: openssl security update',
    product: 'EXAMPLE',
    release: 'EXAMPLE-8.8.0.Z',
    who: 'releng@example.com',
    when: '2026-11-20 15:37:17 UTC',
    content_types: ['rpm'],
  }
}

/** An AMQP message with this body and the id `ID:<errataId>`. */
export function statusMessage(errataId: number, to?: string): Message {
  return {
    message_id: `ID:${errataId}`,
    to: `topic://${STATUS_TOPIC}`,
    durable: true,
    body: JSON.stringify(statusBody(errataId, to)),
    application_properties: { errata_id: String(errataId), type: 'RHSA' },
  }
}

/** Body of a state change of a task, as Koji's message plugin writes it. */
export function taskBody(id: number, state: string, method = 'buildContainer') {
  return {
    attribute: 'state',
    old: 'OPEN',
    new: state,
    info: {
      id,
      method,
      state: 2,
      parent: null,
      arch: 'noarch',
      channel_id: 10,
      owner: 2,
      request: [
        'git://dist-git.example.com/containers/nginx#0123456789012345678901234567890123456789',
        'example-8-containers-candidate',
        { scratch: false, git_branch: 'example-8', isolated: true },
      ],
    },
  }
}

/** Application properties of the same message: AMQP preserves numbers. */
export function taskProperties(id: number, state: string, method = 'buildContainer') {
  return { type: 'TaskStateChange', id, parent: null, method, attribute: 'state', old: 'OPEN', new: state }
}

/** Body of a state change of a compose. */
export function composeBody(id: number, state: number) {
  return {
    event: 'state-changed',
    compose: { id, state, state_name: 'any', owner: 'freshwave', packages: '' },
  }
}
