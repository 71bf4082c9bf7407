#!/usr/bin/env node
// Whether the process of this container lives: exit code 0, or 1 with the reason. It is requested at METRICS_PORT if that is
// set, else at PORT.
const { METRICS_PORT, PORT, TLS_CERT } = process.env
/** Checks end after five seconds, with the start of Node. */
const PATIENCE_MS = 4000

const address = `127.0.0.1:${METRICS_PORT || PORT || 8080}/health/live`
// A certificate may be named in the settings file, which is not read here.
const schemes = METRICS_PORT ? ['http'] : TLS_CERT ? ['https'] : ['http', 'https']
// It is made for the name that clients use, not for this address.
if (schemes.includes('https')) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
process.removeAllListeners('warning')

// At once, so that each has all of the time: the other one fails as soon as the process reads what it did not expect.
const attempts = schemes.map(async (scheme) => {
  const url = `${scheme}://${address}`
  const { status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error) => {
    throw new Error(`${url}: ${error.cause?.message ?? error.message}`)
  })
  if (status !== 200) throw new Error(`${url}: it answers ${status}`)
})
await Promise.any(attempts).then(
  () => process.exit(0),
  ({ errors }) => {
    console.error(errors.map(({ message }) => message).join('\n'))
    process.exitCode = 1
  },
)
