/** Shape of Pulp's answers (behaviour/services 4). */
import { z } from 'zod'

/** `repositories/search/`: the content set each repository serves, where it names one. */
export const repositoriesSchema = z
  .array(z.object({ notes: z.object({ content_set: z.string().nullish() }).nullish() }))
  .transform((repositories) => repositories.flatMap(({ notes }) => notes?.content_set || []))

/** Body of the search for repositories by their ids. */
export function searchById(ids: readonly string[]) {
  return { criteria: { filters: { id: { $in: ids } }, fields: ['notes'] } }
}
