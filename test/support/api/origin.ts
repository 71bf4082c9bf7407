/** The origin of the requests of tests, as the audit records it. */
import type { RequestOrigin } from '../../../src/domain/audit.ts'

/** A request over HTTP without a login. */
export const TEST_ORIGIN: RequestOrigin = { credential: 'none', from: { door: 'api', address: null } }
