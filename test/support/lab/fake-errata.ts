/** A small Errata Tool (and Jira) that answers from a table of paths, for tests. */

import { createErrataClient, type ErrataOptions } from '../../../src/clients/errata/client.ts'
import { sendJson, serve } from '../servers/http-server.ts'
import { clientOptions } from './client-options.ts'

/** A page that a proxy sends in place of an answer. */
export const PAGE = '<html><body><h1>404 Not Found</h1></body></html>'

/** Starts the server. Paths missing from the table get 404; a number in the table is sent as the status, with an error body. */
export async function startErrata(table: Record<string, unknown>) {
  const server = await serve(({ url }, response) => {
    const answer = table[url]
    if (answer === undefined) return sendJson(response, { error: 'Not Found' }, 404)
    if (typeof answer === 'number') return sendJson(response, { error: 'no', errorMessages: ['no'] }, answer)
    sendJson(response, answer)
  })
  return { ...server, paths: () => server.received.map(({ url }) => url) }
}

/** The answers for one shipped security advisory, in the recorded shapes. */
export function advisoryAnswers(id: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    [`/api/v1/erratum/${id}`]: {
      who: { user: { login_name: 'user@example.com' } },
      errata: {
        rhsa: {
          id,
          fulladvisory: 'RHSA-2026:9101-08',
          status: 'SHIPPED_LIVE',
          content_types: ['rpm'],
          security_impact: 'Critical',
          product_id: 104,
          actual_ship_date: '2026-10-01T15:13:30Z',
        },
      },
      content: { content: { cve: 'CVE-2026-14649 CVE-2026-14650', topic: 'An update' } },
      bugs: { bugs: [] },
    },
    [`/advisory/${id}.json`]: {
      id,
      type: 'RHSA',
      advisory_name: 'RHSA-2026:9101',
      status: 'SHIPPED_LIVE',
      product: { id: 104, name: 'Red Hat Ceph Storage', short_name: 'RHCEPH' },
      release: { id: 860, name: 'rhceph-3.1' },
      people: { assigned_to: 'user@example.com', reporter: 'jdoe@example.com', qe_group: 'QE' },
    },
    '/api/v1/releases/860': {
      data: {
        id: 860,
        type: 'releases',
        attributes: { name: 'rhceph-3.1', type: 'Zstream', is_active: true },
        relationships: {},
      },
    },
    '/products/104.json': {
      product: { id: 104, name: 'Red Hat Ceph Storage', short_name: 'RHCEPH', isactive: 1 },
    },
    [`/advisory/${id}/bugs.json`]: [
      { id: 1, flags: 'hightouch-,rhsa_sla+' },
      { id: 2, flags: null },
    ],
    [`/advisory/${id}/jira_issues.json`]: [{ key: 'RHEL-1', id_jira: 5 }, { key: 'RHEL-2' }],
    ...changes,
  }
}

/** A client of an Errata Tool with these answers by path. */
export async function errataWith(answers: Record<string, unknown>, options: Partial<ErrataOptions> = {}) {
  const server = await startErrata(answers)
  return {
    client: createErrataClient({ ...clientOptions(server.url), ...options }),
    paths: server.paths,
    server,
  }
}
