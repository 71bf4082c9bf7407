/** Replaces the content of a live part: what is being typed, the focus, what is opened and how far it was scrolled stay. */

const SCROLLED = '.scroll, .canvas'
const FOCUSED = 'button, summary, [tabindex]'

/** The last content of each part, to leave alone what has not changed. @type {WeakMap<Element, string>} */
const shown = new WeakMap()

/**
 * @param {Element} element
 * @param {Element} fresh as the server renders it now
 */
export function replace(element, fresh) {
  const text = fresh.innerHTML
  if (shown.get(element) === text) return
  const focused = element.contains(document.activeElement) ? document.activeElement : null
  const opened = [...element.querySelectorAll('details')].map((details) => details.open)
  const scrolled = [...element.querySelectorAll(SCROLLED)].map((each) => [each.scrollLeft, each.scrollTop])
  if (focused instanceof HTMLInputElement) replaceAround(element, fresh, focused)
  else {
    const again = focused && finderOf(element, focused)
    element.replaceChildren(...fresh.childNodes)
    shown.set(element, text)
    const found = again?.()
    if (found instanceof HTMLElement || found instanceof SVGElement) found.focus({ preventScroll: true })
  }
  for (const [index, details] of element.querySelectorAll('details').entries())
    details.open = opened[index] ?? details.open
  for (const [index, each] of element.querySelectorAll(SCROLLED).entries())
    [each.scrollLeft = 0, each.scrollTop = 0] = scrolled[index] ?? []
}

/**
 * All but the child that has the focus: an element that is moved loses it, with what the reader is about to press.
 * @param {Element} element
 * @param {Element} fresh
 * @param {Element} focused
 */
function replaceAround(element, fresh, focused) {
  const index = [...element.children].findIndex((child) => child.contains(focused))
  const [kept, counterpart] = [element.children[index], fresh.children[index]]
  if (!kept || kept.localName !== counterpart?.localName) return
  const nodes = [...fresh.childNodes]
  const at = nodes.indexOf(counterpart)
  while (kept.previousSibling) kept.previousSibling.remove()
  while (kept.nextSibling) kept.nextSibling.remove()
  kept.before(...nodes.slice(0, at))
  kept.after(...nodes.slice(at + 1))
}

/**
 * Finds the counterpart of the focused element after its part was replaced: a link to the same address, else the same in order.
 * @param {Element} element
 * @param {Element} focused
 */
function finderOf(element, focused) {
  const address = focused.getAttribute('href')
  if (address !== null)
    return () => [...element.querySelectorAll('a')].find((link) => link.getAttribute('href') === address)
  const index = [...element.querySelectorAll(FOCUSED)].indexOf(focused)
  return () => element.querySelectorAll(FOCUSED)[index]
}
