/** Pyxis over GraphQL: any query on images and repositories; failures are data in a 200 (behaviour/services 3). */
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { FaultRule } from '../../fault-rule.ts'
import { takeFault, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'
import { type Field, GraphqlError, type GraphqlValue, readDocument } from './document.ts'
import { answerType, imageType, type ObjectType, pageType, repositoryType } from './schema.ts'
import { checkSelection, selectFields } from './select.ts'
import { createStore, type Search, type Store } from './store.ts'

const requestSchema = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.json()).nullish(),
})

type Resolver = {
  type: ObjectType
  args: readonly string[]
  resolve: (store: Store, args: Field['args'], world: World) => unknown
}

const PAGING = ['page', 'page_size', 'filter', 'sort_by']

const RESOLVERS: Readonly<Record<string, Resolver>> = {
  find_images: {
    type: pageType(imageType),
    args: PAGING,
    resolve: (store, args, world) => pageOf(world, 'find_images', args, (search) => store.images(search)),
  },
  find_images_by_nvr: {
    type: pageType(imageType),
    args: ['nvr', ...PAGING],
    resolve: (store, args, world) =>
      pageOf(world, 'find_images_by_nvr', args, (search) => store.imagesByNvr(String(args.nvr), search)),
  },
  find_repositories: {
    type: pageType(repositoryType),
    args: PAGING,
    resolve: (store, args, world) =>
      pageOf(world, 'find_repositories', args, (search) => store.repositories(search)),
  },
  get_repository_by_registry_path: {
    type: answerType(repositoryType),
    args: ['registry', 'repository'],
    resolve: (_store, { registry, repository }, world) => {
      const found = world.catalogue.repositories.find(
        (candidate) => candidate.registry === registry && candidate.repository === repository,
      )
      const error = { status: 404, detail: 'The requested resource was not found' }
      return found ? { data: found, error: null } : { data: null, error }
    },
  },
}

/** Serves the images and repositories of a world at `/graphql/`. */
export function createPyxisApp(world: World): Hono {
  const app = new Hono()
  const store = createStore(world)
  app.use(withFaults(world, 'pyxis', operationsOf))
  app.post('/graphql/', async (c) => {
    c.header('trace_id', randomUUID())
    const request = requestSchema.safeParse(await c.req.json().catch(() => null))
    if (!request.success) return c.json({ errors: [{ message: 'Must provide query string.' }] }, 400)
    try {
      const fields = readDocument(request.data.query, request.data.variables ?? {})
      return c.json({
        data: Object.fromEntries(fields.map((field) => [field.key, resolveField(world, store, field)])),
      })
    } catch (problem) {
      if (problem instanceof GraphqlError) return c.json({ errors: [{ message: problem.message }] }, 400)
      throw problem
    }
  })
  return app
}

function resolveField(world: World, store: Store, field: Field): unknown {
  if (field.name === 'get_ping') return 'pong'
  const resolver = RESOLVERS[field.name]
  if (!resolver) throw new GraphqlError(`Cannot query field "${field.name}" on type "Query".`)
  const unknown = Object.keys(field.args).find((name) => !resolver.args.includes(name))
  if (unknown !== undefined)
    throw new GraphqlError(`Unknown argument "${unknown}" on field "Query.${field.name}".`)
  const selection = field.selection ?? []
  if (selection.length === 0)
    throw new GraphqlError(`Field "${field.name}" must have a selection of subfields.`)
  checkSelection(selection, resolver.type)
  return selectFields(resolver.resolve(store, field.args, world), selection, resolver.type, null)
}

function pageOf(
  world: World,
  operation: string,
  args: Field['args'],
  search: (search: Search) => readonly unknown[],
) {
  const page = numberOr(args.page, 0)
  const pageSize = numberOr(args.page_size, 50)
  const tooLarge = ({ kind, aboveRows = 0 }: FaultRule) => kind === 'mongo-timeout' && pageSize > aboveRows
  if (takeFault(world, 'pyxis', [operation], tooLarge))
    return { data: null, error: TIMED_OUT, page, page_size: pageSize, total: null }
  const found = search({ filter: args.filter, sortBy: args.sort_by })
  const data = found.slice(page * pageSize, (page + 1) * pageSize)
  return { data, error: null, page, page_size: pageSize, total: found.length }
}

const TIMED_OUT = {
  status: 504,
  detail:
    'Pyxis API was unable to fetch data from MongoDB in time. Please try again, or use a smaller page size.',
}

function numberOr(value: GraphqlValue | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

/** The names of the top-level fields; taken from the text, so that malformed queries are counted too. */
async function operationsOf(c: Context): Promise<string[]> {
  const body = await c.req.text()
  const names = Object.keys(RESOLVERS).filter((name) => new RegExp(`\\b${name}\\b`).test(body))
  return names.length > 0 ? names : [`${c.req.method} ${c.req.path}`]
}
