/** What every page has: times in the reader's words, kept up to date, and a shortcut to the search. */
import { showTimes } from './times.js'

const EVERY_MS = 10_000

showTimes(document)
setInterval(() => showTimes(document), EVERY_MS)
document.addEventListener('freshwave:parts', () => showTimes(document))
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select')
  const search = document.querySelector('input[type=search]')
  if (event.key !== '/' || isTyping || !(search instanceof HTMLElement)) return
  event.preventDefault()
  search.focus()
})
