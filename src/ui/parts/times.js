/** Times in the reader's words: relative, with the exact time in the browser's locale and zone on hover. */

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]
/** Older times are shown as dates. */
const RELATIVE_UP_TO_S = 30 * 86_400

const relative = new Intl.RelativeTimeFormat(navigator.language, { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(navigator.language, { dateStyle: 'medium', timeStyle: 'long' })
const date = new Intl.DateTimeFormat(navigator.language, { dateStyle: 'medium' })

/**
 * Rewrites all times below an element; may run again on the same ones.
 * @param {ParentNode} root
 * @param {{ isExact?: boolean }} [how]
 */
export function showTimes(root, { isExact = false } = {}) {
  for (const element of root.querySelectorAll('time')) {
    const at = new Date(element.dateTime)
    if (Number.isNaN(at.getTime())) continue
    element.title = exact.format(at)
    // Screen readers read each change of a live region aloud.
    const text = isExact || element.closest('[aria-live]') ? element.title : inWords(at)
    if (element.textContent !== text) element.textContent = text
  }
}

/** @param {Date} at */
function inWords(at) {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000)
  if (Math.abs(seconds) > RELATIVE_UP_TO_S) return date.format(at)
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}
