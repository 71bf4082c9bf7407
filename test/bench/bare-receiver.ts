/** The least a receiver can do: takes messages and accepts them at once. What ingest is compared with. */
import rhea from 'rhea'
import type { Tally } from './tally.ts'

const WINDOW = 500
/** Else each window waits for the broker's delayed acknowledgement; rhea takes this but leaves it out of its types. */
const NO_DELAY = { tcp_no_delay: true }

/** Receives from `address` until `tally` has them all; returns how many a second there were. */
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
  let left = 0
  const refill = () => {
    left = WINDOW
    receiver.add_credit(WINDOW)
  }
  receiver.once('receiver_open', refill)
  receiver.on('message', ({ delivery }) => {
    delivery?.accept()
    tally.add(1)
    left -= 1
    if (left === 0) refill()
  })
  connection.on('disconnected', () => undefined)
  try {
    return await tally.perSecond
  } finally {
    connection.close()
  }
}
