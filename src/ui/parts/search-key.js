/** The key / goes to the search of a page, unless the reader has turned that off (WCAG 2.1.4): speech input types single keys by mistake. */
import { hasModifier } from './keys.js'

const SETTING = 'freshwave-search-key'

/** Adds the key, and shows its switch in the footer of pages with a search. */
export function addSearchKey() {
  const choice = document.querySelector('#search-key')
  const box = choice?.querySelector('input')
  if (!(choice instanceof HTMLElement) || !box) return
  const show = () => {
    choice.hidden = !searchField()
  }
  box.checked = read() !== 'off'
  box.addEventListener('change', () => write(box.checked ? 'on' : 'off'))
  show()
  document.addEventListener('freshwave:parts', show)
  document.addEventListener('keydown', (event) => {
    const isInField = event.target instanceof HTMLElement && event.target.closest('input, textarea, select')
    if (event.key !== '/' || !box.checked || isInField || hasModifier(event)) return
    const search = searchField()
    if (!search) return
    event.preventDefault()
    search.focus()
  })
}

/** @returns {HTMLElement | null} */
function searchField() {
  return document.querySelector('input[type=search]')
}

function read() {
  try {
    return localStorage.getItem(SETTING)
  } catch {
    return null // a browser that keeps nothing for pages
  }
}

/** @param {string} value */
function write(value) {
  try {
    localStorage.setItem(SETTING, value)
  } catch {
    // As above: it then holds for this page.
  }
}
