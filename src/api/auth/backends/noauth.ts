/** AUTH_BACKEND=noauth: no login, every check passes. */
import type { Backend } from '../login.ts'

/** Authenticates nothing. */
export const noauth: Backend = async () => null
