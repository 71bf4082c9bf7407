/** Connections of a server that stops: each ends with what it still has to answer, and not before. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it } from 'vitest'
import { trackIdleConnections } from '../../../src/api/idle-connections.ts'
import { eventually } from '../../support/eventually.ts'

/** A server whose answers begin at once and end when the test lets them, by path; `send` writes requests on one connection. */
async function setUp() {
  const responses = new Map<string, ServerResponse>()
  const server = createServer({ keepAliveTimeout: 0 }, ({ url = '' }, response) => {
    responses.set(url, response)
    response.write('begun')
  })
  const endIdle = trackIdleConnections(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  const closed = once(socket, 'close')
  return {
    closed,
    received: () => received,
    send: async (...paths: string[]) => {
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
      await eventually(
        () => responses,
        ({ size }) => size === paths.length,
      )
    },
    end: (path: string) => responses.get(path)?.end('ended'),
    stop: () => {
      server.close()
      endIdle()
    },
  }
}

it('a connection ends with its answer, also with one that has begun as if the connection stayed open', async () => {
  const { send, end, stop, closed, received } = await setUp()
  await send('/one')
  await eventually(received, (text) => text.includes('begun'))
  stop()
  end('/one')
  await closed
  expect(received()).toMatch(/begun.*ended\r\n0\r\n\r\n$/s)
})

it('a connection with several requests ends with the answer to the last of them', async () => {
  const { send, end, stop, closed, received } = await setUp()
  await send('/one', '/two')
  end('/one')
  await eventually(received, (text) => text.includes('ended'))
  stop()
  end('/two')
  await closed
  expect(received().match(/ended/g)).toHaveLength(2)
})
