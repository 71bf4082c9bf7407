/** The lab's Pyxis for one test: sends GraphQL queries and searches for images. */
import { labForTest } from './lab.ts'

/** The JSON of an answer. */
export type PyxisAnswer = {
  data?: Record<
    string,
    { data: Record<string, unknown>[]; error: unknown; page: number; page_size: number; total: number }
  >
  errors?: { message: string }[]
}

/** Starts a lab and returns it with functions that query its Pyxis. */
export async function pyxisForTest() {
  const lab = await labForTest()
  const post = (text: string, variables?: Record<string, unknown>) =>
    fetch(lab.urls.PYXIS_GRAPHQL_URL, { method: 'POST', body: JSON.stringify({ query: text, variables }) })
  const query = async (text: string, variables?: Record<string, unknown>) =>
    (await (await post(text, variables)).json()) as PyxisAnswer // as GraphQL answers
  /** NVRs and architectures of the images that a filter accepts. */
  const images = async (filter: unknown, args = '') => {
    const text = `query Find($filter: ContainerImageFilter) {
      find_images(page: 0, page_size: 500, filter: $filter ${args}) { error { detail } data { architecture brew { build } } } }`
    const answer = await query(text, { filter })
    if (answer.errors) throw new Error(answer.errors[0]?.message)
    return (answer.data?.find_images?.data ?? []).map(
      ({ brew, architecture }) => `${Object(brew).build}/${architecture}`,
    )
  }
  return { ...lab, post, query, images }
}
