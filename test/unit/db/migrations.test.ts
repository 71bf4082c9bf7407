/** Migrations after the last release expand the tables: its code goes on beside the present one (decision 0057). */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { previousMigrations } from '../../support/programs/previous-release.ts'

/** What the code of the last release may trip over; statements about tables that the same migration creates are free. */
const NARROWS: Readonly<Record<string, RegExp>> = {
  'drops a table': /\bdrop table\b/,
  'drops a column': /\bdrop column\b/,
  'renames something': /\brename (to|column|constraint)\b|\brename "/,
  'changes the type of a column': /\balter column "?\w+"? (set data )?type\b/,
  'forbids null': /\bset not null\b/,
  'adds a column that must be given': /\badd column (?!.*\bdefault\b).*\bnot null\b/,
  'adds a constraint': /\badd constraint .* (check|unique|exclude)\b/,
  'makes an index unique': /\bcreate unique index\b/,
}
/** Says why nothing of the last release can trip over it any more. */
const CONTRACT = /^\s*(\/\/|\*) contract: .{20,}/m

/** What a migration narrows without a reason, in words. */
function findings(source: string): string[] {
  if (CONTRACT.test(source)) return []
  const up = (source.split(/\bup\(\)/)[1] ?? '').split(/\bdown\(\)/)[0] ?? ''
  const statements = up.toLowerCase().split(/;/)
  const created = statements.flatMap(
    (text) => /create table (?:if not exists )?"?(\w+)/.exec(text)?.[1] ?? [],
  )
  const about = (text: string) => /(?:alter table|\bon) (?:if exists )?"?(\w+)/.exec(text)?.[1] ?? ''
  return statements
    .filter((text) => !created.includes(about(text)))
    .flatMap((text) => Object.keys(NARROWS).filter((what) => NARROWS[what]?.test(text.replace(/\s+/g, ' '))))
}

it('migrations after the last release add to the tables and take nothing away', () => {
  const previous = previousMigrations()
  expect(previous.size).toBeGreaterThan(10)
  const later = globSync('src/db/migrations/*.ts').filter((file) => !previous.has(basename(file, '.ts')))
  const wrong = later.flatMap((file) =>
    findings(readFileSync(file, 'utf8')).map(
      (what) => `${file} ${what}: see "A column or table" in CONTRIBUTING.md`,
    ),
  )
  expect(wrong).toEqual([])
})

const migration = (...statements: string[]) =>
  `override up() { ${statements.map((text) => `this.addSql(\`${text}\`)`).join('\n')} }
   override down() { this.addSql(\`drop table "a";\`) }`

it.each([
  ['drop table "events";', 'drops a table'],
  ['alter table "events" drop column "released";', 'drops a column'],
  ['alter table "events" rename column "released" to "shipped";', 'renames something'],
  [
    'alter table "events" alter column "search_key" type int using ("search_key"::int);',
    'changes the type of a column',
  ],
  ['alter table "events" alter column "search_key" set not null;', 'forbids null'],
  ['alter table "events" add column "color" text not null;', 'adds a column that must be given'],
  ['alter table "events" add constraint "known" check (state < 3);', 'adds a constraint'],
  ['create unique index "one" on "events" ("search_key");', 'makes an index unique'],
])('%s %s', (statement, what) => {
  expect(findings(migration(statement))).toEqual([what])
  expect(findings(`// contract: nothing uses it since the last release\n${migration(statement)}`)).toEqual([])
})

it('a migration may do with its own tables what it likes, and add what may be missing', () => {
  const own = migration(
    'create table "a" ("id" int not null);',
    'alter table "a" add constraint "a_unique" unique ("id");',
    'create unique index "a_one" on "a" ("id");',
    'alter table "events" add column "color" text null;',
    `alter table "events" add column "size" int not null default 0, add column "note" text;`,
    'create index "events_color" on "events" ("color");',
    'alter table "events" drop constraint "old";',
  )
  expect(findings(own)).toEqual([])
})
