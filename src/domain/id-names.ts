/** Names that the outside world knows by number: one table `name -> id`, read in both directions. */

/** Looks up the id of a name. */
export function idsOf<Table extends Record<string, number>>(table: Table) {
  return (name: keyof Table): Table[keyof Table] => table[name]
}

/** Name of an id: certain for an id of the table, `undefined` for any other number. */
export type NameOfId<Table extends Record<string, number>> = {
  (id: Table[keyof Table]): Extract<keyof Table, string>
  (id: number): Extract<keyof Table, string> | undefined
}

/** Inverts a `name -> id` table. A number that is not in the table has no name: ids come from outside too. */
export function invertIds<Table extends Record<string, number>>(table: Table): NameOfId<Table> {
  const names = new Map(Object.entries(table).map(([name, id]) => [id, name]))
  // Sound: the map holds every id of the table, so a known id always has its name.
  return ((id: number) => names.get(id)) as NameOfId<Table>
}
