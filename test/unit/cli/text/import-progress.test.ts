/** Checks how far an import is, on a terminal and in a log. */
import { expect, it } from 'vitest'
import { createProgress } from '../../../../src/cli/text/import-progress.ts'

function screen() {
  const texts: string[] = []
  return { texts, rows: 24, write: (text: string) => texts.push(text) }
}

it('the progress is one bar on a terminal that redraws lines, which is gone at the end', () => {
  const terminal = screen()
  const progress = createProgress(terminal, { isLive: true })
  progress.show({ table: 'events', done: 0, total: 2000 })
  progress.show({ table: 'events', done: 1000, total: 2000 })
  progress.end()
  const [first, second, last] = terminal.texts
  expect(first).toContain(`events                   ${'░'.repeat(30)} 0 of 2,000`)
  expect(second).toContain(
    `\x1b[1A\x1b[?7l\x1b[2Kevents                   ${'█'.repeat(15)}${'░'.repeat(15)} 1,000 of 2,000`,
  )
  expect(last).toBe('\x1b[1A\x1b[?7l\x1b[2K\n\x1b[?7h\x1b[0J')
})

it('the progress is a line for each tenth of a table elsewhere', () => {
  const file = screen()
  const progress = createProgress(file, { isLive: false })
  for (const done of [0, 10, 99, 100, 150, 1000]) progress.show({ table: 'users', done, total: 1000 })
  progress.show({ table: 'composes', done: 0, total: 0 })
  progress.end()
  expect(file.texts).toEqual([
    'users: 0 of 1,000\n',
    'users: 100 of 1,000\n',
    'users: 1,000 of 1,000\n',
    'composes: 0 of 0\n',
  ])
})
