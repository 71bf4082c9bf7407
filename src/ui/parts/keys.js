/** Keys that pages use themselves. */

/**
 * Whether a modifier is held, with which a key or click is a shortcut of the browser: to go back, to zoom, to open a tab.
 * @param {KeyboardEvent | MouseEvent} event
 */
export function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey
}
