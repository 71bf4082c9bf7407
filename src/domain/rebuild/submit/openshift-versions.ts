/** The range of OpenShift versions a bundle says it is for (behaviour/freshmaker 8.2, case A23). */

/** Label of the original image that holds the range. */
export const OPENSHIFT_VERSIONS_LABEL = 'com.redhat.openshift.versions'

/** The only lists that were ever allowed: everything else is one version, a minimum, or a range with a dash. */
const LISTS: ReadonlySet<string> = new Set(['v4.5,v4.6', 'v4.6,v4.5'])

/** Whether a label's text is a range the build system takes. */
export function isValidVersionRange(text: string): boolean {
  return !text.includes(',') || LISTS.has(text.replaceAll(' ', ''))
}
