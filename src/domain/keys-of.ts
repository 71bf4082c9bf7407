/** The keys of a literal table, with their types. */

/** Unlike `Object.keys`, which returns texts since an object may have more keys than its type; so pass only a table with no others. */
export function keysOf<Table extends object>(table: Table): (keyof Table & string)[] {
  return Object.keys(table) as (keyof Table & string)[]
}
