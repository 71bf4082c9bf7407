/** A minimal receiver, which accepts messages immediately: the reference for ingest. */
import rhea from 'rhea'
import type { Tally } from './tally.ts'

const WINDOW = 500
/** Otherwise each window waits for the broker's delayed TCP acknowledgement; rhea does not declare this option. */
const NO_DELAY = { tcp_no_delay: true }

/** Receives from `address` until `tally` is complete; returns the messages per second. */
export async function receiveBare(url: string, address: string, tally: Tally): Promise<number> {
  const { hostname, port, username, password } = new URL(url)
  const connection = rhea.create_container().connect({
    host: hostname,
    port: Number(port),
    reconnect: false,
    ...NO_DELAY,
    ...(username && { username, password }),
  })
  const receiver = connection.open_receiver({ source: { address }, credit_window: 0, autoaccept: false })
  let credit = 0
  const refill = () => {
    credit = WINDOW
    receiver.add_credit(WINDOW)
  }
  receiver.once('receiver_open', refill)
  receiver.on('message', ({ delivery }) => {
    delivery?.accept()
    tally.add(1)
    credit -= 1
    if (credit === 0) refill()
  })
  connection.on('disconnected', () => undefined)
  try {
    return await tally.perSecond
  } finally {
    connection.close()
  }
}
