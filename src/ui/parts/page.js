/** What every page has: times in the reader's words, kept up to date, a key for the search, and forms that are sent once. */
import { addSearchKey } from './search-key.js'
import { showTimes } from './times.js'

const EVERY_MS = 10_000

let isOnPaper = false
const show = () => showTimes(document, { isExact: isOnPaper })
show()
setInterval(show, EVERY_MS)
document.addEventListener('freshwave:parts', show)
// "Five minutes ago" means nothing on paper. A dialog may be open for longer than the page stays as it is.
addEventListener('beforeprint', () => {
  isOnPaper = true
  show()
})
addEventListener('afterprint', () => {
  isOnPaper = false
  show()
})
addSearchKey()
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return
  if (form.hasAttribute('data-sent')) event.preventDefault()
  form.setAttribute('data-sent', '')
})
// A page that the back button shows again as it was left may send its forms again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) form.removeAttribute('data-sent')
})
