/** A server that reads each request and answers with so many bytes (argument), as a process of its own: the least a gate can cost. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tellParent } from './child.ts'

const body = 'x'.repeat(Number(process.argv[2]))
const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body))
})
server.listen(0, '127.0.0.1', () => {
  tellParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // never a pipe
})
