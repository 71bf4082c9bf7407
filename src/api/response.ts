/** The response of a connection: it keeps headers until its head is written. */
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * `presets`: headers by their names in lower case; one that a route sets replaces its preset. As one object they cost a third
 * of what a `setHeader` for each would, which was a tenth of a warm decision.
 */
export class PresetResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  readonly presets: OutgoingHttpHeaders = {}

  override writeHead(status: number, message?: string, headers?: Headers): this
  override writeHead(status: number, headers?: Headers): this
  override writeHead(status: number, second?: string | Headers, third?: Headers): this {
    const [message, headers = {}] =
      typeof second === 'string' ? [second, third] : [undefined, second ?? third]
    if (Array.isArray(headers)) {
      for (const [name, value] of Object.entries(this.presets)) this.setHeader(name, value ?? '')
      return super.writeHead(status, message, headers)
    }
    for (const name in headers) this.presets[name.toLowerCase()] = headers[name]
    return super.writeHead(status, message, this.presets)
  }
}
