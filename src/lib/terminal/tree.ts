/** Draws things that hang on each other as a tree of lines. Pure: data in, text out. */

/** A thing of the tree; `parentId` null: it hangs on nothing. */
export type TreeItem = { id: number; parentId: number | null; text: string }

/**
 * One line for each item, each below the one it hangs on, in the given order. What hangs on an item that is not there, or in
 * a circle, begins a tree of its own, so that no item is lost.
 */
export function drawTree(items: readonly TreeItem[], indent = '  '): string[] {
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
  const lines = roots.flatMap((root, index) => draw(root, indent, index === roots.length - 1))
  return [...lines, ...items.flatMap((item) => draw(item, indent, true))]
}
