/** Draws items below their parents as a tree of lines. Pure: data in, text out. */

/** An item of the tree; `parentId` null: it is a root. */
export type TreeItem = { id: number; parentId: number | null; text: string }

/** Before each line: the trees are shown below a heading. */
const INDENT = '  '

/**
 * One line for each item, below its parent, siblings in the given order. An item whose parent is missing, or that is part of
 * a cycle, begins a tree of its own, so that no item is lost.
 */
export function drawTree(items: readonly TreeItem[]): string[] {
  const ids = new Set(items.map(({ id }) => id))
  const children = Map.groupBy(items, ({ parentId }) =>
    parentId !== null && ids.has(parentId) ? parentId : null,
  )
  const drawn = new Set<TreeItem>()
  const draw = (item: TreeItem, before: string, isLast: boolean): string[] => {
    if (drawn.has(item)) return []
    drawn.add(item)
    const below = children.get(item.id) ?? []
    const inner = before + (isLast ? '   ' : '│  ')
    const line = `${before}${isLast ? '└─ ' : '├─ '}${item.text}`
    return [line, ...below.flatMap((child, index) => draw(child, inner, index === below.length - 1))]
  }
  const roots = children.get(null) ?? []
  const lines = roots.flatMap((root, index) => draw(root, INDENT, index === roots.length - 1))
  return [...lines, ...items.flatMap((item) => draw(item, INDENT, true))]
}
