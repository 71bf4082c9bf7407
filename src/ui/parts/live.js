/**
 * Keeps a page up to date. Elements with `data-live` are fetched again (the page with `part` set to their id) when the stream of
 * `data-stream` reports a change, and every `data-refresh` milliseconds. The server alone renders; this only replaces. A page that is
 * not up to date shows that, and is refreshed again after longer and longer pauses.
 */
import { pauseAfter } from './pause.js'
import { replace } from './replace.js'

/** At most one refresh in this time, the last change included; longer while the service is busy. */
const PAUSE_MS = 300
/** A refresh without an answer by then has failed. */
const PATIENCE_MS = 20_000
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
const KINDS = ['build.state.changed', 'event.state.changed.min', 'gap']

const notice = document.querySelector('#live')
/** @type {EventSource | undefined} */
let source
let isRunning = false
let isDue = false
/** What the stream is doing. */
let connection = ''
/** Why the last refresh has failed. */
let trouble = ''
const streamRetry = createRetry(() => update())
const partsRetry = createRetry(() => void refresh())

const stream = document.querySelector('[data-stream]')?.getAttribute('data-stream')
const every = Number(document.querySelector('[data-refresh]')?.getAttribute('data-refresh') ?? 0)
if (stream) follow()
if (every > 0) setInterval(() => isVisible() && partsRetry.failures() === 0 && refresh(), every)
document.addEventListener('freshwave:refresh', () => void refresh())

function isVisible() {
  return document.visibilityState === 'visible'
}

/** Hidden pages follow nothing: browsers open few connections to one host. */
function follow() {
  document.addEventListener('visibilitychange', update)
  addEventListener('pageshow', update)
  addEventListener('pagehide', close)
  update()
}

function update() {
  if (!isVisible()) close()
  else if (!source && stream) open(stream)
}

/** @param {string} address */
function open(address) {
  const opened = new EventSource(address)
  source = opened
  // What changed between the rendering of the page and this moment, or while the connection was lost, was not reported.
  opened.addEventListener('open', () => {
    streamRetry.reset()
    say('Live')
    document.dispatchEvent(new Event('freshwave:connected'))
    void refresh()
  })
  opened.addEventListener('error', () => {
    say('Not connected, retrying')
    // Browsers give up after an answer that is not a stream, such as that of a proxy without a server behind it.
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return
    source = undefined
    streamRetry.fail()
  })
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
  streamRetry.reset()
  say('')
}

/** @param {string} text */
function say(text) {
  connection = text
  show()
}

function show() {
  if (!notice) return
  const text = trouble || connection
  if (notice.textContent !== text) notice.textContent = text
  notice.classList.toggle('stale', text !== '' && text !== 'Live')
}

/** Runs once at a time; changes during a refresh lead to one more. */
async function refresh() {
  isDue = true
  if (isRunning) return
  isRunning = true
  while (isDue) {
    isDue = false
    const began = performance.now()
    trouble = await refreshParts()
    const tookMs = performance.now() - began
    if (trouble === '') partsRetry.reset()
    else partsRetry.fail()
    show()
    document.dispatchEvent(new Event('freshwave:parts'))
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(tookMs, PAUSE_MS)))
  }
  isRunning = false
}

/** All parts in one request: the server reads an event once for them. Returns why it failed, or nothing. */
async function refreshParts() {
  // A canvas follows the changes by itself.
  const parts = [...document.querySelectorAll('[data-live]')].filter(
    (element) => !element.querySelector('canvas[data-canvas]'),
  )
  const address = new URL(location.href)
  address.hash = ''
  address.searchParams.set('part', parts.map(({ id }) => id).join(','))
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!answer.ok) return `Not up to date: the service answers ${answer.status}`
    const template = document.createElement('template')
    template.innerHTML = await answer.text()
    const fresh = parts.map(({ id }) => template.content.querySelector(`#${id}`))
    // Such as the page of a login.
    if (fresh.includes(null)) return 'Not up to date: load the page again'
    for (const [index, part] of fresh.entries()) if (part && parts[index]) replace(parts[index], part)
    return ''
  } catch {
    return 'Not up to date: the service does not answer'
  }
}

/**
 * Attempts something again, each time after a longer pause, so that a service that is down is not flooded when it comes back.
 * @param {() => void} act
 */
function createRetry(act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let count = 0
  return {
    failures: () => count,
    fail: () => {
      clearTimeout(timer)
      const pause = Math.min(FIRST_RETRY_MS * 2 ** count, LAST_RETRY_MS)
      count += 1
      timer = setTimeout(act, pause * (0.5 + Math.random() / 2))
    },
    reset: () => {
      clearTimeout(timer)
      count = 0
    },
  }
}
