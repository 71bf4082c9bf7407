/** What every page has: times in the reader's words, kept up to date, a key for the search, and forms that are sent once. */
import { addSearchKey } from './search-key.js'
import { showTimes } from './times.js'

const EVERY_MS = 10_000

showTimes(document)
setInterval(() => showTimes(document), EVERY_MS)
document.addEventListener('freshwave:parts', () => showTimes(document))
// "Five minutes ago" means nothing on paper.
addEventListener('beforeprint', () => showTimes(document, { isExact: true }))
addEventListener('afterprint', () => showTimes(document))
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
