/**
 * Keeps a page up to date. Elements with `data-live` are fetched anew (the page with `part` set to their id) when the stream of
 * `data-stream` reports a change, or every `data-refresh` milliseconds. The server alone renders; this only replaces.
 */

/** At most one refresh in this time, the last change included. */
const PAUSE_MS = 300
const KINDS = ['build.state.changed', 'event.state.changed.min', 'gap']

const notice = document.querySelector('#live')
/** @type {EventSource | undefined} */
let source
let isRunning = false
let isDue = false

const stream = document.querySelector('[data-stream]')?.getAttribute('data-stream')
const every = Number(document.querySelector('[data-refresh]')?.getAttribute('data-refresh') ?? 0)
if (stream) follow(stream)
if (every > 0) setInterval(() => document.visibilityState === 'visible' && refresh(), every)
document.addEventListener('freshwave:refresh', () => void refresh())

/**
 * Hidden pages follow nothing: browsers open few connections to one host.
 * @param {string} address
 */
function follow(address) {
  const update = () => {
    if (document.visibilityState === 'hidden') close()
    else if (!source) open(address)
  }
  document.addEventListener('visibilitychange', update)
  addEventListener('pagehide', close)
  update()
}

/** @param {string} address */
function open(address) {
  const opened = new EventSource(address)
  source = opened
  // What changed between the rendering of the page and this moment, or while the connection was lost, was not reported.
  opened.addEventListener('open', () => {
    say('Live')
    void refresh()
  })
  opened.addEventListener('error', () => say('Not connected, retrying'))
  for (const kind of KINDS)
    opened.addEventListener(kind, (event) => {
      const detail = { kind, data: JSON.parse(event.data) }
      document.dispatchEvent(new CustomEvent('freshwave:change', { detail }))
      void refresh()
    })
}

function close() {
  source?.close()
  source = undefined
  say('')
}

/** @param {string} text */
function say(text) {
  if (notice) notice.textContent = text
}

/** Runs once at a time; changes during a refresh lead to one more. */
async function refresh() {
  isDue = true
  if (isRunning) return
  isRunning = true
  while (isDue) {
    isDue = false
    await refreshParts()
    document.dispatchEvent(new Event('freshwave:parts'))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  isRunning = false
}

/** All parts in one request: the server reads an event once for them. */
async function refreshParts() {
  // A canvas follows the changes by itself.
  const parts = [...document.querySelectorAll('[data-live]')].filter(
    (element) => !element.querySelector('canvas[data-canvas]'),
  )
  const address = new URL(location.href)
  address.hash = ''
  address.searchParams.set('part', parts.map(({ id }) => id).join(','))
  const answer = await fetch(address).catch(() => undefined)
  if (!answer?.ok) return
  const template = document.createElement('template')
  template.innerHTML = await answer.text()
  for (const element of parts) {
    const fresh = template.content.querySelector(`#${element.id}`)
    if (fresh) replace(element, fresh)
  }
}

/** The last content of each part, to leave alone what has not changed. @type {WeakMap<Element, string>} */
const shown = new WeakMap()

/**
 * Keeps what is being typed, the focus and what is opened.
 * @param {Element} element
 * @param {Element} fresh
 */
function replace(element, fresh) {
  const text = fresh.innerHTML
  const focused = element.contains(document.activeElement) ? document.activeElement : null
  if (shown.get(element) === text || focused instanceof HTMLInputElement) return
  shown.set(element, text)
  const address = focused?.getAttribute('href')
  const opened = [...element.querySelectorAll('details')].map((details) => details.open)
  element.replaceChildren(...fresh.childNodes)
  for (const [index, details] of element.querySelectorAll('details').entries())
    details.open = opened[index] ?? details.open
  const again = [...element.querySelectorAll('a')].find((link) => link.getAttribute('href') === address)
  if (address) again?.focus({ preventScroll: true })
}
