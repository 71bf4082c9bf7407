/** Holds the shape of the code: which folder may import which, no cycles, small files, documented exports. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QUEUE_NAMES } from '../queues/catalog.ts'

/** Layers from the floor up; a file may import from its own layer and from those before it. */
const LAYERS: string[][] = [
  ['src/domain', 'src/lib'],
  ['src/config', 'src/bus', 'src/clients', 'src/db', 'src/gate-input', 'queues'],
  ['src/present'],
  ['src/context.ts'],
  ['src/handlers'],
  ['src/commands'],
  ['src/process.ts', 'src/monitor.ts'],
  ['src/api', 'src/cli', 'src/ingest', 'src/ui', 'workers'],
  ['src/main.ts'],
]
const DOORS = ['src/api', 'src/cli', 'src/ingest', 'src/ui', 'workers']
/** Serves the pages, and gives them the guards of the API. */
const PAGES_MOUNT = 'src/api/pages.ts'
/** Loaded by `await import` where the settings or a request call for it. */
const ON_DEMAND = [
  'queues/postgres.ts',
  'queues/redis.ts',
  'src/api/board.ts',
  'src/api/book/book.ts',
  'src/clients/openid/verify.ts',
  'src/db/embedded/server.ts',
  'src/lib/tracing/sdk.ts',
]
const PACKAGES_ON_DEMAND = /^(@bull-board\/|@opentelemetry\/sdk|github-slugger$|ioredis$|jose$|marked$)/
const MAX_LINES = 300
const MAX_FILES = 15
const OWN_ADDRESS = /new URL\('(\.[^']*)', import\.meta\.url/g

const files = globSync('{src,workers,queues,lab}/**/*.ts').sort()
const textOf = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const importsOf = new Map(files.map((file) => [file, readImports(file)]))

describe('imports', () => {
  it('point down only', () => {
    expect(arrows(({ from, to }) => layerOf(from) < layerOf(to) && !isLab(from))).toEqual([])
  })

  it('never lead from one door to another, except where the API serves the pages', () => {
    const between = arrows(({ from, to }) => isDoor(from) && isDoor(to) && doorOf(from) !== doorOf(to))
    expect(between.filter((arrow) => !arrow.startsWith(`${PAGES_MOUNT} -> src/ui/`))).toEqual([])
  })

  it('never lead from one client of an outside service to another', () => {
    const clientOf = (file: string) => /^src\/clients\/([^/]+)\//.exec(file)?.[1]
    const between = ({ from, to }: Arrow) => clientOf(from) && clientOf(to) && clientOf(from) !== clientOf(to)
    expect(arrows((arrow) => Boolean(between(arrow)))).toEqual([])
  })

  it('keep the domain free of everything else', () => {
    const outside = files
      .filter((file) => file.startsWith('src/domain/'))
      .flatMap((file) => packagesOf(file).map((name) => `${file} -> ${name}`))
      .filter((arrow) => !/-> (zod|flatqueue)$/.test(arrow))
    expect(outside).toEqual([])
    expect(arrows(({ from, to }) => from.startsWith('src/domain/') && !to.startsWith('src/domain/'))).toEqual(
      [],
    )
  })

  it('keep the lab apart: it uses only the floor', () => {
    const floor = /^(lab|src\/lib|src\/domain)\//
    expect(arrows(({ from, to }) => isLab(from) && !floor.test(to))).toEqual([])
    expect(arrows(({ from, to }) => !isLab(from) && isLab(to))).toEqual([])
  })

  it('leave rhea to the bus and the workers of BullMQ to workers/run', () => {
    const users = (name: string) => files.filter((file) => packagesOf(file).includes(name))
    expect(users('rhea').filter((file) => !/^(src\/bus|lab\/bus)/.test(file))).toEqual([])
    expect(users('bullmq').filter((file) => !/^(queues\/|workers\/run\/|src\/api\/)/.test(file))).toEqual([])
  })

  it('leave the layout of graphs to its folder, and the rest of d3 and the charts to the browser', () => {
    const users = files.filter((file) => packagesOf(file).some((name) => /^(d3-|uplot)/.test(name)))
    expect(users).toEqual(['src/ui/graph/layout.ts'])
  })

  it('leave the SDK of OpenTelemetry to the one file that is loaded where traces are exported', () => {
    const sdk = (name: string) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api'
    const users = files.filter((file) => packagesOf(file).some(sdk))
    expect(users).toEqual(['src/lib/tracing/sdk.ts'])
    expect(textOf.get('src/lib/tracing/start.ts')).toContain("await import('./sdk.ts')")
  })

  it('leave jose and ldapts to their clients', () => {
    const outside = (name: string, folder: string) =>
      files.filter((file) => packagesOf(file).includes(name) && !file.startsWith(folder))
    expect([...outside('jose', 'src/clients/openid/'), ...outside('ldapts', 'src/clients/ldap/')]).toEqual([])
  })

  it('load at the start of a program nothing that only some settings or requests need (decision 0062)', () => {
    const loaded = [
      ...loadedWith(['src/main.ts', 'src/ingest/main.ts', 'src/api/main.ts', 'workers/main.ts']),
    ]
    expect(loaded).toContain('bullmq')
    expect(loaded.filter((name) => ON_DEMAND.includes(name) || PACKAGES_ON_DEMAND.test(name))).toEqual([])
  })

  it('load at the start of the command line neither the service nor the gate: most commands call a running service', () => {
    const loaded = [...loadedWith(['src/cli/main.ts'])]
    expect(loaded).toContain('commander')
    const allowed = /^src\/(cli\/(?!local\/)|lib\/|domain\/)/
    expect(loaded.filter((name) => name.startsWith('src/') && !allowed.test(name))).toEqual([])
    expect(loaded.filter((name) => /^(@mikro-orm|pg|rhea|bullmq|yaml)/.test(name))).toEqual([])
  })

  it('form no cycle', () => {
    expect(findCycle()).toEqual([])
  })

  it('exist', () => {
    expect(arrows(({ to }) => !existsSync(to))).toEqual([])
  })
})

describe('files', () => {
  it('read the environment in one place', () => {
    const readers = files.filter((file) => textOf.get(file)?.includes('process.env') && !isLab(file))
    // What a terminal can do is not a setting, and the command line loads none.
    const allowed = /^src\/(config\/|lib\/terminal\/abilities\.ts$)/
    expect(readers.filter((file) => !allowed.test(file))).toEqual([])
  })

  it(`have at most ${MAX_LINES} lines`, () => {
    const long = files.filter((file) => (textOf.get(file) ?? '').split('\n').length > MAX_LINES + 1)
    expect(long).toEqual([])
  })

  it('begin with a sentence on what they are for', () => {
    const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(textOf.get(file) ?? ''))
    expect(silent.filter((file) => !file.startsWith('src/db/migrations/'))).toEqual([])
  })

  it('document what they export', () => {
    expect(
      files.filter((file) => !file.startsWith('src/db/migrations/')).flatMap(undocumentedExports),
    ).toEqual([])
  })

  it(`number at most ${MAX_FILES} in each folder of src, lab and test support`, () => {
    const counted = globSync('{src,lab,test/support,test/bench,test/chaos,test/soak}/**/*.ts')
    const counts = Map.groupBy(
      counted.filter((file) => !/\/Migration\d+\.ts$/.test(file)), // those only ever grow
      dirname,
    )
    const crowded = [...counts].filter(([, members]) => members.length > MAX_FILES)
    expect(crowded.map(([folder, members]) => `${folder}: ${members.length}`)).toEqual([])
  })

  it('exist when a module refers to them relative to its own address', () => {
    const namedIn = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(OWN_ADDRESS)].map(([, path = '']) => join(dirname(file), path))
    const named = globSync('{src,workers,queues,lab,scripts,test,bin}/**/*.{ts,mjs}').flatMap(namedIn)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })

  it('have names that are not generic', () => {
    expect(files.filter((file) => /\b(utils?|helpers?|common|manager|base|misc)\b/.test(file))).toEqual([])
  })
})

describe('files for the browser', () => {
  const parts = globSync('src/ui/parts/*.{js,css}')

  it('begin with a sentence, and are short', () => {
    const texts = parts.map((file) => [file, readFileSync(file, 'utf8')] as const)
    const odd = texts.filter(([, text]) => !/^\/\*/.test(text) || text.split('\n').length > MAX_LINES + 1)
    expect(odd.map(([file]) => file)).toEqual([])
  })

  it('are all served', () => {
    const allowed = textOf.get('src/ui/assets.ts') ?? ''
    expect(parts.filter((file) => !allowed.includes(`'${basename(file)}'`))).toEqual([])
  })
})

describe('folders', () => {
  it('of commands are the stages of the catalog, the gate, the import, the streams, the forecast and the monitoring', () => {
    const folders = globSync('src/commands/*/').map((folder) => basename(folder))
    const others = ['gate', 'import', 'streams', 'forecast', 'monitor']
    expect(folders.filter((name) => !others.includes(name) && !isQueue(name))).toEqual([])
    const stages = globSync('src/domain/rebuild/*/').map((folder) => basename(folder))
    expect(stages.filter((name) => !['images', 'forecast'].includes(name) && !isQueue(name))).toEqual([])
  })

  it('of tests are the folders of their subjects', () => {
    const folders = globSync('test/{unit,property,integration}/**/*.test.ts').map((file) =>
      dirname(file).split('/').slice(2).join('/'),
    )
    const lost = [...new Set(folders)].filter((folder) => !existsSync(`src/${folder}`) && !existsSync(folder))
    expect(lost).toEqual([])
  })

  it('of the twelve services of the lab have one shape', () => {
    const services = globSync('lab/services/*/').map((folder) => basename(folder))
    expect(services.filter((name) => !existsSync(`lab/services/${name}/app.ts`))).toEqual([])
    expect(services).toHaveLength(12)
  })
})

type Arrow = { from: string; to: string }

function arrows(wrong: (arrow: Arrow) => boolean): string[] {
  const all = [...importsOf].flatMap(([from, targets]) => targets.map((to) => ({ from, to })))
  return all.filter(wrong).map(({ from, to }) => `${from} -> ${to}`)
}

function isQueue(name: string): boolean {
  return QUEUE_NAMES.some((queue) => queue === name)
}

function layerOf(file: string): number {
  const layer = LAYERS.findIndex((folders) =>
    folders.some((folder) => file === folder || file.startsWith(`${folder}/`)),
  )
  if (layer < 0 && !isLab(file)) throw new Error(`${file} lies in no layer`)
  return layer
}

function isLab(file: string): boolean {
  return file.startsWith('lab/')
}

function isDoor(file: string): boolean {
  return doorOf(file) !== undefined
}

function doorOf(file: string): string | undefined {
  return DOORS.find((door) => file.startsWith(`${door}/`))
}

function readImports(file: string): string[] {
  return specifiersOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(file), specifier)))
    .filter((target) => target.endsWith('.ts'))
}

function packagesOf(file: string): string[] {
  return specifiersOf(file).filter((specifier) => !specifier.startsWith('.'))
}

function specifiersOf(file: string): string[] {
  const text = textOf.get(file) ?? ''
  return [
    ...text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

/** What is loaded with these files, themselves and packages included: type imports and imports on demand are not. */
function loadedWith(programs: string[]): Set<string> {
  const loaded = new Set(programs)
  for (const file of loaded)
    for (const [, from, bare] of (textOf.get(file) ?? '').matchAll(
      /^(?:import|export)\b(?! type\b)[^'"]*?from '([^']+)'|^import '([^']+)'/gm,
    )) {
      const name = from ?? bare ?? ''
      loaded.add(name.startsWith('.') ? normalize(join(dirname(file), name)) : name)
    }
  return loaded
}

/** The first cycle found, as the list of its files; type imports count too. */
function findCycle(): string[] {
  const done = new Set<string>()
  const walk = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const next of importsOf.get(file) ?? []) {
      const cycle = walk(next, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of files) {
    const cycle = walk(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

/** An export counts as documented when a comment ends in its paragraph: right above it, or above what it is made of. */
function undocumentedExports(file: string): string[] {
  const lines = (textOf.get(file) ?? '').split('\n')
  return lines.flatMap((line, index) => {
    if (!/^export (async |declare |abstract )?(function|const|class|type|interface) \w/.test(line)) return []
    const paragraph = lines.slice(lines.lastIndexOf('', index) + 1, index)
    const documented = paragraph.some((above) => above.endsWith('*/') && !above.startsWith('  '))
    return documented ? [] : [`${file}:${index + 1} ${line.slice(0, 60)}`]
  })
}
