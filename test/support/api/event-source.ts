/** A client of streams (server-sent events) over a socket, which can vanish, stop reading, and resume. */
import { get, type IncomingMessage } from 'node:http'
import { eventually } from '../eventually.ts'

/** An event as received; `data` is its JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
export type Received = { id: string; event: string; data: any }

/** An open stream. */
export type EventSource = {
  status: number
  headers: IncomingMessage['headers']
  /** All events so far. */
  events: readonly Received[]
  /** The last id, also of frames that are not events; what a browser sends when it connects again. */
  lastId(): string
  /** The last reconnection delay that the server sent, in milliseconds. */
  retryMs(): number | undefined
  comments(): number
  /** Resolves with all events once there are this many. */
  count(events: number): Promise<readonly Received[]>
  /** Resolves when the response has ended; true if it was complete. */
  ended: Promise<boolean>
  /** Stops reading, and leaves the socket open. */
  pause(): void
  /** Closes the socket abruptly. */
  destroy(): void
}

/** Connects; resolves when the headers have arrived. */
export function openEventSource(url: string, lastEventId?: string): Promise<EventSource> {
  return new Promise((resolve, reject) => {
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
    const request = get(url, { headers, agent: false }, (response) => resolve(follow(response)))
    request.on('error', reject)
  })
}

function follow(response: IncomingMessage): EventSource {
  const events: Received[] = []
  const state = { id: '', retryMs: undefined as number | undefined, comments: 0, text: '' }
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    const frames = `${state.text}${text}`.split('\n\n')
    state.text = frames.pop() ?? ''
    for (const frame of frames) take(frame)
  })
  response.on('error', () => undefined)
  const ended = new Promise<boolean>((resolve) => response.once('close', () => resolve(response.complete)))

  function take(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]), // every line has a colon
    )
    if (fields.has('')) state.comments += 1
    state.id = fields.get('id') ?? state.id
    if (fields.has('retry')) state.retryMs = Number(fields.get('retry'))
    const data = fields.get('data')
    if (data !== undefined)
      events.push({ id: state.id, event: fields.get('event') ?? '', data: JSON.parse(data) })
  }

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    lastId: () => state.id,
    retryMs: () => state.retryMs,
    comments: () => state.comments,
    count: (expected) =>
      eventually(
        () => events,
        ({ length }) => length >= expected,
      ),
    ended,
    pause: () => response.pause(),
    destroy: () => response.destroy(),
  }
}
