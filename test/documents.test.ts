/** Holds the documents: every citation of the kept behaviour, every link and every path in them resolves. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const BEHAVIOURS = ['freshmaker', 'greenwave', 'koji', 'services', 'streams']
const CITING = '{src,workers,queues,lab,test,scripts,conf}/**/*.{ts,mjs,yaml}'
const BOOK = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'deploy/README.md',
  ...globSync('docs/{*,behaviour/*,runbooks/*}.md'),
]

const textOf = (file: string) => readFileSync(file, 'utf8')
const files = [...globSync(CITING), ...globSync('docs/**/*.md'), 'README.md', 'CONTRIBUTING.md'].sort()

const headings = new Map(
  BEHAVIOURS.map((name) => {
    const numbers = [...textOf(`docs/behaviour/${name}.md`).matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm)]
    return [name, new Set(numbers.map((match) => match[1] ?? ''))] as const
  }),
)

/** Numbers behind `behaviour/<name>`: `3.7, 4.3`, `4.1 to 4.3` and `1.1 and 1.2` cite each of theirs. */
function citationsIn(text: string): { name: string; number: string }[] {
  const lists = text.matchAll(/behaviour\/(\w+)((?:(?:,| to| and)? \d+(?:\.\d+)*)+)/g)
  return [...lists].flatMap(([, name = '', list = '']) =>
    [...list.matchAll(/\d+(?:\.\d+)*/g)].map(([number]) => ({ name, number })),
  )
}

describe('citations', () => {
  it('of the kept behaviour name a section that exists', () => {
    const broken = files.flatMap((file) =>
      citationsIn(textOf(file))
        .filter(({ name, number }) => !headings.get(name)?.has(number))
        .map(({ name, number }) => `${file}: behaviour/${name} ${number}`),
    )
    expect(broken).toEqual([])
  })

  it('are found at all', () => {
    expect(files.flatMap((file) => citationsIn(textOf(file))).length).toBeGreaterThan(150)
    expect(citationsIn('(behaviour/greenwave 4.1 to 4.3, 5)').map(({ number }) => number)).toEqual([
      '4.1',
      '4.3',
      '5',
    ])
  })

  it('of a design rule name one that exists', () => {
    const rules = new Set([...textOf('docs/design.md').matchAll(/^(\d+)\. \*\*/gm)].map((match) => match[1]))
    const cited = files.flatMap((file) =>
      [...textOf(file).matchAll(/design rule (\d+)/g)].map((match) => ({ file, rule: match[1] })),
    )
    expect(cited.length).toBeGreaterThan(5)
    expect(cited.filter(({ rule }) => !rules.has(rule))).toEqual([])
  })
})

describe('the reasons that the kept behaviour lists', () => {
  it('are texts of the code, from their first word on', () => {
    const document = textOf('docs/behaviour/freshmaker.md')
    const sections = [/### 1\.6 .*?(?=### )/s, /### 1\.8 .*?(?=\n## )/s].map(
      (part) => part.exec(document)?.[0],
    )
    const listed = sections
      .flatMap((section) => [...(section ?? '').matchAll(/`([^`]+)`/g)])
      .map(([, text = '']) => text.replaceAll(/\s+/g, ' ').replaceAll(/\{\w+\}/g, '{}'))
      .filter((text) => text.includes(' '))
    const code = textOf('src/domain/rebuild/texts.ts').replaceAll(/\$\{\w+\}/g, '{}')
    expect(listed.length).toBeGreaterThan(10)
    expect(listed.filter((text) => !["'", '`'].some((quote) => code.includes(quote + text)))).toEqual([])
  })
})

describe('citations of a decision', () => {
  it('name one that exists', () => {
    const decisions = new Set(
      globSync('docs/decisions/*.md').map((file) => file.split('/').pop()?.slice(0, 4)),
    )
    const cited = files.flatMap((file) =>
      [...textOf(file).matchAll(/decision (\d{4})/g)].map((match) => ({ file, decision: match[1] })),
    )
    expect(cited.length).toBeGreaterThan(3)
    expect(cited.filter(({ decision }) => !decisions.has(decision))).toEqual([])
  })
})

describe('documents', () => {
  it('link to files that exist', () => {
    const documents = [...globSync('docs/**/*.md'), ...BOOK]
    const broken = documents.flatMap((file) =>
      [...textOf(file).matchAll(/\]\(([^)#\s]+)\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !/^https?:/.test(target) && !existsSync(join(dirname(file), target)))
        .map((target) => `${file}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('name files and folders that exist', () => {
    const broken = BOOK.flatMap((file) =>
      [
        ...textOf(file).matchAll(
          /`((?:src|workers|queues|lab|test|scripts|conf|docs|bin|deploy)\/[\w./-]*)`/g,
        ),
      ]
        .map((match) => match[1] ?? '')
        .filter((path) => !existsSync(path))
        .map((path) => `${file}: ${path}`),
    )
    expect(broken).toEqual([])
  })
})
