/** Keys that pages use themselves. */

/**
 * Whether a key is pressed that makes a shortcut of the browser of others: to go back, to zoom, to open a tab.
 * @param {KeyboardEvent | MouseEvent} event
 */
export function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey
}
