/** The origin of the requests of tests, as the audit records it. */
import type { Origin } from '../../../src/domain/audit.ts'

/** A request over HTTP without a login. */
export const TEST_ORIGIN: Origin = { credential: 'none', from: { door: 'api', address: null } }
