/** Shows why an image is as it is without loading the page again. */

/** @param {string | URL} address of the page with the image in its query */
export function showWhy(address) {
  history.replaceState(null, '', address)
  // The link may be far below, on a narrow screen above all.
  const reveal = () => document.querySelector('#why')?.scrollIntoView({ block: 'nearest' })
  document.addEventListener('freshwave:parts', reveal, { once: true })
  document.dispatchEvent(new Event('freshwave:refresh'))
}
