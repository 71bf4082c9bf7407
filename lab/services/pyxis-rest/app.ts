/** Pyxis over REST: images with their digests, operator bundles, index images, repositories (behaviour/freshmaker 9.5). */
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'
import { bundleRecords, imageRecords, indexRecords, type JsonRecord } from './records.ts'
import { compileRsql, RsqlError } from './rsql.ts'

const MAX_PAGE_SIZE = 250

/** Serves the images, bundles and repositories of a world below `/v1`. */
export function createPyxisRestApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'pyxis-rest', operationsOf))
  app.use(async (c, next) => {
    await next()
    c.header('trace_id', randomUUID())
  })
  app.get('/v1/images', (c) => list(c, imageRecords(world)))
  app.get('/v1/images/nvr/:nvr', (c) => {
    const nvr = c.req.param('nvr')
    return list(c, imageRecords(world, nvr))
  })
  app.get('/v1/operators/indices', (c) => list(c, indexRecords(world)))
  app.get('/v1/operators/bundles', (c) => list(c, bundleRecords(world)))
  app.get('/v1/repositories/registry/:registry/repository/:repository{.+}', (c) => {
    const { registry, repository } = c.req.param()
    const found = world.catalogue.repositories.find(
      (candidate) => candidate.registry === registry && candidate.repository === repository,
    )
    if (!found) return c.json({ detail: 'The requested resource was not found', status: 404 }, 404)
    return c.json({ auto_rebuild_tags: found.autoRebuildTags })
  })
  app.onError((problem, c) => {
    if (problem instanceof RsqlError) return c.json({ detail: problem.message, status: 400 }, 400)
    throw problem
  })
  return app
}

/** A page of the records that pass the filter, cut to the fields of `include`. */
function list(c: Context, records: readonly JsonRecord[]): Response {
  const page = Math.max(0, Number(c.req.query('page') ?? 0))
  const pageSize = Math.min(MAX_PAGE_SIZE, Math.max(1, Number(c.req.query('page_size') ?? 100)))
  const passes = compileRsql(c.req.query('filter'))
  const found = records.filter(passes)
  const data = found.slice(page * pageSize, (page + 1) * pageSize)
  return c.json({
    data: data.map((record) => including(record, c.req.query('include'))),
    page,
    page_size: pageSize,
    total: found.length,
  })
}

/** `data.brew,data.repositories.tags.name` keeps these members of each record whole. */
function including(record: JsonRecord, include: string | undefined): JsonRecord {
  if (!include) return record
  const included = new Set(include.split(',').map((field) => field.split('.')[1]))
  return Object.fromEntries(Object.entries(record).filter(([name]) => included.has(name)))
}

async function operationsOf(c: Context): Promise<string[]> {
  const { path } = c.req
  const pattern = path
    .replace(/^(\/v1\/images\/nvr)\/.+$/, '$1/:nvr')
    .replace(/^(\/v1\/repositories)\/.+$/, '$1/:repository')
  return [`${c.req.method} ${pattern}`, `${c.req.method} ${decodeURIComponent(path)}`]
}
