#!/usr/bin/env node
// Whether the process of this container lives: exit code 0, or 1 with the reason. It is requested at METRICS_PORT if that is
// set, else at PORT.
const { METRICS_PORT, PORT, TLS_CERT } = process.env
const PATIENCE_MS = 3000

const scheme = TLS_CERT && !METRICS_PORT ? 'https' : 'http'
const url = `${scheme}://127.0.0.1:${METRICS_PORT || PORT || 8080}/health/live`
// The certificate is made for the name that clients use, not for this address.
if (scheme === 'https') process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
process.removeAllListeners('warning')

try {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
  if (status !== 200) throw new Error(`it answers ${status}`)
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`)
  process.exitCode = 1
}
