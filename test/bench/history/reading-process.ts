/**
 * Readers of the API, each of which sends a request, reads the answer, and pauses. Arguments: the root of the API, the number of
 * readers, the pause in milliseconds. Reports an address; a request to it ends the reading and returns the measurements.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { reportToParent } from '../child.ts'
import { TIMED_REQUESTS } from './requests.ts'

/** Milliseconds of each answer, and the requests that failed. */
export type Reading = { samples: number[]; errors: string[] }

const [url = '', readers = '0', pause = '0'] = process.argv.slice(2)
const pauseMs = Number(pause)
const reading: Reading = { samples: [], errors: [] }
let isOver = false

/** Each reader begins at a different time and with a different request, then cycles through all of them. */
async function read(reader: number): Promise<void> {
  await sleep((pauseMs * reader) / Number(readers))
  for (let n = reader; !isOver; n += 1) {
    const path = TIMED_REQUESTS[n % TIMED_REQUESTS.length]?.path(n) ?? ''
    const began = performance.now()
    try {
      const answer = await fetch(`${url}${path}`)
      await answer.arrayBuffer()
      if (!answer.ok) reading.errors.push(`${path}: HTTP ${answer.status}`)
    } catch (error) {
      reading.errors.push(`${path}: ${String(error)}`)
    }
    reading.samples.push(performance.now() - began)
    await sleep(pauseMs)
  }
}

const server = createServer((_request, response) => {
  isOver = true
  response.setHeader('content-type', 'application/json').end(JSON.stringify(reading))
})
server.listen(0, '127.0.0.1', () => {
  reportToParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // never a pipe
  for (let reader = 0; reader < Number(readers); reader += 1) void read(reader)
})
