/** Holds the book: every document is in it, every link and anchor leads somewhere, every command that it names exists. */
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Book, makeBook } from '../../../../src/api/book/book.ts'
import { commandProgram } from '../../../../src/cli/program.ts'

const book: Book = await makeBook('.')
const pages = [...book].filter(([path]) => path.endsWith('.html'))
const sources = [
  ...globSync('docs/{*,behaviour/*,runbooks/*}.md'),
  'README.md',
  'CONTRIBUTING.md',
  'deploy/README.md',
]

const idsOf = new Map(pages.map(([path, html]) => [path, new Set(all(html, / id="([^"]*)"/g))]))

describe('the book', () => {
  it('has every document of its folders', () => {
    const documents = globSync('docs/{*,behaviour/*,runbooks/*}.md').map((file) =>
      file.slice('docs/'.length, -'.md'.length),
    )
    expect(pages.map(([path]) => path.replace('.html', '')).sort()).toEqual(documents.sort())
  })

  it('has no link or anchor that leads nowhere', () => {
    const broken = pages.flatMap(([path, html]) =>
      all(html, /(?:href|src)="([^"]*)"/g)
        .filter((target) => !leadsSomewhere(path, target))
        .map((target) => `${path}: ${target}`),
    )
    expect(broken).toEqual([])
    expect(leadsSomewhere('index.html', 'running.html#what-can-fail')).toBe(true)
    expect(leadsSomewhere('index.html', 'running.html#nowhere')).toBe(false)
  })

  it('has its contents, the page that is shown among them, on every page', () => {
    for (const [path, html] of pages) {
      expect(all(html, /(<nav) /g), path).toHaveLength(1)
      expect(all(html, / aria-current="(page)"/g), path).toHaveLength(1)
      expect(all(html, / href="([^"]*first-steps\.html)"/g).length, path).toBeGreaterThan(0)
    }
  })

  it('has no script, no inline style, nothing from another host, and no id twice', () => {
    for (const [path, html] of pages) {
      expect(html, path).not.toMatch(/<script|<style|\sstyle=|\son\w+="|<(?:link|img)[^>]+"https?:/)
      const ids = all(html, / id="([^"]*)"/g)
      expect(new Set(ids).size, path).toBe(ids.length)
    }
  })

  it('draws the flow in its first page, and links names of its documents', () => {
    expect(book.get('index.html')).toContain('<svg class="drawing"')
    expect(book.get('design.html')).toContain('<a href="glossary.html"><code>docs/glossary.md</code></a>')
  })
})

describe('commands in the documents', () => {
  const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
  const code = sources.flatMap((file) => codeIn(readFileSync(file, 'utf8')).map((text) => ({ file, text })))

  it('of npm are scripts of the package', () => {
    const named = code.flatMap(({ file, text }) =>
      [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:]+)|(start|test)\b)/g)].map((match) => ({
        file,
        name: match[1] ?? match[2] ?? '',
      })),
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(({ name }) => !scripts.includes(name))).toEqual([])
  })

  it('of freshwave exist, with the options that are named', () => {
    const program = commandProgram()
    const named = code.flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          /(?<![\w/.-]|--install )(?:freshwave|bin\/freshwave\.mjs) ([a-z][\w-]*)([^|;#\n`]*)/g,
        ),
      ].map(([, name = '', rest = '']) => ({
        file,
        name,
        rest: rest.split(/\sfreshwave\s| {3}/)[0] ?? '',
      })),
    )
    expect(named.length).toBeGreaterThan(30)
    const broken = named.filter(({ name, rest }) => {
      let command = program.commands.find((one) => one.name() === name)
      const inner = command?.commands.find((one) => rest.trim().split(/\s+/)[0] === one.name())
      if (command && command.commands.length > 0 && rest.trim() && !inner) return true
      command = inner ?? command
      const options = all(rest, /(?<=\s)(--?[a-z][\w-]*)/g)
      return (
        !command ||
        options.some(
          (option) => !command.options.some(({ long, short }) => option === long || option === short),
        )
      )
    })
    expect(broken).toEqual([])
  })
})

describe('the chapter on extending', () => {
  const rows = readFileSync('docs/extending.md', 'utf8').matchAll(/^\| `(src\/[^`]+)` \| ([^|]*) \|/gm)
  const stages = [...rows].map(([, folder = '', cell = '']) => ({ folder, names: all(cell, /`(\w+)`/g) }))

  it.each(stages.map(({ folder, names }) => [folder, names] as const))(
    'names for %s members of the client of Koji that it uses',
    (folder, names) => {
      const text = globSync(`${folder}/**/*.ts`)
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n')
      const client = globSync('src/clients/koji/**/*.ts')
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n')
      const unused = names.filter((name) => !new RegExp(`\\.${name}\\(`).test(text))
      const unknown = names.filter((name) => !new RegExp(`^ +(async )?${name}[(<:]`, 'm').test(client))
      expect({ unused, unknown }).toEqual({ unused: [], unknown: [] })
    },
  )

  it('names every stage', () => {
    expect(stages.length).toBeGreaterThan(5)
  })
})

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '')
}

function leadsSomewhere(from: string, target: string): boolean {
  if (/^(https?:|data:)/.test(target)) return true
  const [file = '', fragment] = target.split('#')
  const path = file === '' ? from : posix.join(posix.dirname(from), file)
  return book.has(path) && (fragment === undefined || (idsOf.get(path)?.has(fragment) ?? false))
}

/** Blocks and spans of code. */
function codeIn(text: string): string[] {
  const blocks = all(text, /^```\w*\n([\s\S]*?)^```/gm)
  return [...blocks, ...all(text.replace(/^```[\s\S]*?^```/gm, ''), /`([^`\n]+)`/g)]
}
