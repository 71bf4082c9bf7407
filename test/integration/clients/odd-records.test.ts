/** Every member of every record in the answers of the lab, replaced by every kind of value: the other records stay as they are. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  attachedBuildsSchema,
  bugFlagsSchema,
  buildsByCveSchema,
  buildsSchema,
  jiraKeysSchema,
  productVersionsSchema,
} from '../../../src/clients/errata/schema.ts'
import { multiCallResults } from '../../../src/clients/koji/hub/multicall.ts'
import { buildSchema } from '../../../src/clients/koji/schemas/builds.ts'
import { archivesSchema, metadataSchema, rpmsSchema } from '../../../src/clients/koji/schemas/contents.ts'
import { taggedSchema, tagsSchema } from '../../../src/clients/koji/schemas/hub.ts'
import { childrenSchema, taskSchema } from '../../../src/clients/koji/schemas/tasks.ts'
import { taskListSchema } from '../../../src/clients/koji/tasks/listed-tasks.ts'
import { composeSchema } from '../../../src/clients/odcs/schema.ts'
import { repositoriesSchema } from '../../../src/clients/pulp/client.ts'
import { imageRecordSchema, pageSchema, repositorySchema } from '../../../src/clients/pyxis/schema.ts'
import { latestSchema } from '../../../src/clients/resultsdb/schema.ts'
import { filteredSchema } from '../../../src/clients/waiverdb/schema.ts'
import type { XmlRpcValue } from '../../../src/lib/xmlrpc/index.ts'
import { type LabAnswers, recordLabAnswers } from '../../support/lab/answers.ts'
import { HUGE_TEXT, memberAt, ODD_VALUES, type Path, pathsIn, replaced } from '../../support/lab/mutants.ts'

let answers: LabAnswers
beforeAll(async () => {
  answers = await recordLabAnswers()
})
afterAll(() => answers.stop())

type List = {
  /** The recorded answer, as `mutate` of the lab names it. */
  answer: string
  /** Where the list is in the answer. */
  list?: Path
  /** The records as the program reads them. */
  read: (json: unknown) => unknown[]
}

/** A list as `schema` reads it; `items` are its records. */
function list<S extends z.ZodType>(
  answer: string,
  schema: S,
  items: (output: z.output<S>) => readonly unknown[],
  path: Path = [],
): List {
  return { answer, list: path, read: (json) => [...items(schema.parse(json))] }
}

const RPMS_OF_IMAGE = ['data', 0, 'edges', 'rpm_manifest', 'data', 'rpms']
const images = pageSchema(imageRecordSchema)
const repositories = pageSchema(repositorySchema)

const FLAT: readonly List[] = [
  list('pyxis find_images', images, ({ data }) => data ?? [], ['data']),
  list('pyxis find_images', images, ({ data }) => data?.[0]?.rpms ?? [], RPMS_OF_IMAGE),
  list('pyxis find_images', images, ({ data }) => data?.[0]?.repositories ?? [], ['data', 0, 'repositories']),
  list('pyxis find_repositories', repositories, ({ data }) => data ?? [], ['data']),
  list('koji listArchives', archivesSchema, ({ read }) => read),
  list('koji listRPMs', rpmsSchema, ({ read }) => read),
  list('koji GET kojifiles', metadataSchema, ({ images: each }) => each.flatMap(({ read }) => read), [
    'output',
    0,
    'components',
  ]),
  list('koji getTaskChildren', childrenSchema, ({ read }) => read),
  list('koji listTags', tagsSchema, ({ read }) => read),
  list('koji listTagged', taggedSchema, ({ read }) => read),
  list('koji listTasks', taskListSchema, ({ tasks }) => tasks),
  {
    answer: 'koji multiCall',
    read: (json) => multiCallResults(json as XmlRpcValue, (json as unknown[]).length),
  },
  list('errata bugs', bugFlagsSchema, ({ flags }) => flags),
  list('errata jira', jiraKeysSchema, ({ read }) => read),
  list('errata GET /products/:id/product_versions.json', productVersionsSchema, ({ idByName }) => [
    ...idByName,
  ]),
  list('pulp POST /pulp/api/v2/repositories/search/', repositoriesSchema, ({ read }) => read),
  list('resultsdb GET /api/v2.0/results/latest', latestSchema, ({ results }) => results, ['data']),
  list('waiverdb POST /api/v1.0/waivers/+filtered', filteredSchema, ({ waivers }) => waivers, ['data']),
]

const NESTED: readonly List[] = [
  list('errata GET /advisory/:id/builds.json', buildsSchema, ({ rpms }) => rpms),
  list('errata GET /api/v1/erratum/:id/builds_by_cve', buildsByCveSchema, ({ rpms }) => rpms),
  list('errata GET /api/v1/erratum/:id/builds', attachedBuildsSchema, ({ builds }) => builds),
]

/** With at most three items in each list, so that thousands of mutants can be read. */
function shortened(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.slice(0, 3).map(shortened)
  return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, shortened(member)]))
}

/** Every item of `wanted` is in `found` as often; otherwise the text names the one that is not. */
function missingFrom(found: readonly unknown[], wanted: readonly unknown[]): string | undefined {
  const counts = Map.groupBy(found.map(textOf), (text) => text)
  for (const [text, items] of Map.groupBy(wanted.map(textOf), (item) => item))
    if ((counts.get(text)?.length ?? 0) < items.length) return text
  return undefined
}

function textOf(item: unknown): string {
  return JSON.stringify(item, (_name, value: unknown) => (value instanceof Set ? [...value] : value)) ?? ''
}

/** Fails with the mutant and the record that it cost. */
function checkMutant(read: List['read'], mutant: unknown, others: unknown, place: string): void {
  const lost = missingFrom(read(mutant), read(others))
  if (lost !== undefined) throw new Error(`${place} costs ${lost.slice(0, 300)}`)
}

describe('a list of records', () => {
  it.each(FLAT.map((one) => [`${one.answer} ${(one.list ?? []).join('.')}`, one] as const))(
    '%s: an odd record does not change the others',
    (_title, { answer, list: place = [], read }) => {
      const recorded = shortened(answers.get(answer))
      const records = memberAt(recorded, place) as unknown[]
      const json = records.length > 1 ? recorded : replaced(recorded, place, [...records, ...records])
      for (const index of new Set([0, Math.max(1, records.length - 1)])) {
        const record = [...place, index]
        const others = replaced(json, record, undefined)
        const paths = [record, ...pathsIn(memberAt(json, record), record)]
        for (const path of paths) {
          for (const value of [
            ...ODD_VALUES,
            ...(index === 0 && path.length === record.length + 1 ? [HUGE_TEXT] : []),
          ])
            checkMutant(
              read,
              replaced(json, path, value),
              others,
              `${path.join('.')} = ${String(value).slice(0, 50)}`,
            )
        }
      }
    },
  )
})

describe('a nested answer', () => {
  it.each(NESTED.map((one) => [one.answer, one] as const))(
    '%s: an odd branch does not change the others',
    (_title, { answer, read }) => {
      const json = shortened(answers.get(answer))
      const paths = pathsIn(json)
      expect(paths).not.toEqual([])
      for (const path of paths) {
        const others = replaced(json, path, undefined)
        for (const value of ODD_VALUES) checkMutant(read, replaced(json, path, value), others, path.join('.'))
      }
    },
  )
})

/** Members without which nothing can be said about the thing; any other may be odd. */
const NEEDED: readonly [string, z.ZodType, ReadonlySet<string>][] = [
  ['koji getBuild', buildSchema, new Set(['id', 'nvr', 'state'])],
  ['koji getTaskInfo', taskSchema, new Set(['id', 'state'])],
  ['odcs GET /api/1/composes/:id', composeSchema, new Set(['id', 'state'])],
]

describe('a single record', () => {
  it.each(NEEDED)('%s is read whatever its unneeded members are', (answer, schema, needed) => {
    const json = answers.get(answer)
    const parts = (value: unknown) => [...needed].map((name) => memberAt(schema.parse(value), [name]))
    const paths = pathsIn(json)
    expect(paths.length).toBeGreaterThan(needed.size)
    for (const path of paths) {
      if (needed.has(String(path[0]))) continue
      for (const value of [...ODD_VALUES, HUGE_TEXT])
        expect(parts(replaced(json, path, value)), path.join('.')).toEqual(parts(json))
    }
  })

  it('an outside builder stage among the parents of a build is a side fact', () => {
    const json = replaced(answers.get('koji getBuild'), ['extra'], {
      container_koji_task_id: '77',
      image: {
        odcs: { compose_ids: [1, null, '3'] },
        parent_build_id: 5,
        parent_image_builds: { 'docker.io/library/golang': {}, 'registry/base': { id: 5, nvr: 'base-1-1' } },
      },
    })
    expect(buildSchema.parse(replaced(json, ['task_id'], null))).toMatchObject({
      taskId: 77,
      composeIds: [1, 3],
      parent: { id: 5, nvr: 'base-1-1' },
    })
  })
})
