/** Maps of lists, such as an index of records. */

/** Appends a value to the list of a key, which is created if it does not exist. */
export function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
