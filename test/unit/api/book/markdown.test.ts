import { describe, expect, it } from 'vitest'
import { pageAddress, renderDocument } from '../../../../src/api/book/markdown.ts'

const TARGETS = {
  pages: new Set(['index', 'running', 'runbooks/Alert']),
  drawings: new Map([['images/flow.svg', '<svg></svg>']]),
}
const render = (text: string, path = 'index') => renderDocument({ path, text }, TARGETS)

describe('a document of the book', () => {
  it('has the text of its first heading as title, and an id of its own for each heading', () => {
    const { title, headings } = render('# A `b` & <c>\n\n## Same\n\n## Same\n')
    expect(title).toBe('A b & <c>')
    expect(headings.map(({ id, depth }) => [id, depth])).toEqual([
      ['a-b--c', 1],
      ['same', 2],
      ['same-1', 2],
    ])
  })

  it('links to other documents by the addresses of their pages, relative to its own', () => {
    expect(render('[x](runbooks/Alert.md#what-to-do)').body).toContain(
      'href="runbooks/Alert.html#what-to-do"',
    )
    expect(render('[x](../running.md)', 'runbooks/Alert').body).toContain('href="../running.html"')
    expect(render('`docs/running.md`', 'runbooks/Alert').body).toContain('<a href="../running.html"><code>')
    expect(pageAddress('runbooks/Alert', 'index')).toBe('../index.html')
  })

  it('keeps addresses that are not documents of the book, and names of other files', () => {
    for (const target of ['https://example.com/running.md', '#same', '../README.md', 'other.md'])
      expect(render(`[x](${target})`).body).toContain(`href="${target}"`)
    expect(render('`docs/other.md` `src/main.ts`').body).not.toContain('<a')
  })

  it('shows raw HTML as text and leaves comments out', () => {
    const { body } = render(
      '# A\n\n<!-- table: begin -->\n\n<script>1</script>\n\na <b onclick="x">c</b>\n\n```\n<i>\n```\n',
    )
    expect(body).not.toMatch(/<(script|b|i)\b|table: begin/)
    expect(body).toContain('&#60;script&#62;')
    expect(body).toContain('&#60;i&#62;')
  })

  it('draws pictures that are known in its page', () => {
    expect(render('![x](images/flow.svg)').body).toContain('<svg></svg>')
    expect(render('![x](images/other.png)').body).toContain('<img src="images/other.png" alt="x">')
  })

  it('lets long names break in cells of tables, and only there and in code', () => {
    const { body } = render('| a_b |\n|---|\n| `one_two.three` and `_x` and a_b |\n\n`one_two`\n')
    expect(body).toContain('<td><code>one_<wbr>two.<wbr>three</code> and <code>_<wbr>x</code> and a_b</td>')
    expect(body).toContain('<th>a_b</th>')
    expect(body).toContain('<code>one_two</code>')
  })
})
