#!/usr/bin/env node
// Whether the process of this container lives: exit code 0, or 1 with the reason. It is requested at METRICS_PORT if that is
// set, else at PORT.
const { METRICS_PORT, PORT, TLS_CERT } = process.env
const PATIENCE_MS = 3000

const address = `127.0.0.1:${METRICS_PORT || PORT || 8080}/health/live`
// A certificate may be named in the settings file, which is not read here.
const schemes = METRICS_PORT ? ['http'] : TLS_CERT ? ['https'] : ['http', 'https']
// It is made for the name that clients use, not for this address.
if (schemes.includes('https')) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
process.removeAllListeners('warning')

const problems = []
for (const scheme of schemes) {
  const url = `${scheme}://${address}`
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS / schemes.length) })
    if (status === 200) process.exit(0)
    problems.push(`${url}: it answers ${status}`)
  } catch (error) {
    problems.push(`${url}: ${error.cause?.message ?? error.message}`)
  }
}
console.error(problems.join('\n'))
process.exitCode = 1
