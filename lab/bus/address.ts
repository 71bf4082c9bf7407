/** Addresses as ActiveMQ reads them: topics, queues, wildcards and the queues behind virtual topics. */

/** What an address refers to; `name` has no prefix. */
export type Destination = { kind: 'queue' | 'topic'; name: string }

const PREFIXES = [
  ['topic://', 'topic'],
  ['/topic/', 'topic'],
  ['queue://', 'queue'],
  ['/queue/', 'queue'],
] as const

/** Reads an address; without a prefix it is a queue, except `VirtualTopic.…`, which can only mean a topic. */
export function parseAddress(address: string): Destination {
  for (const [prefix, kind] of PREFIXES) {
    if (address.startsWith(prefix)) return { kind, name: address.slice(prefix.length) }
  }
  return { kind: address.startsWith('VirtualTopic.') ? 'topic' : 'queue', name: address }
}

/** The topic pattern that feeds a queue `Consumer.<name>.VirtualTopic.<…>`; undefined for other queues. */
export function virtualTopicOf(queue: string): string | undefined {
  return /^Consumer\.[^.]+\.(VirtualTopic\..+)$/.exec(queue)?.[1]
}

/** `*` matches one part of a topic, `>` and `#` match all remaining parts. */
export function topicMatches(pattern: string, topic: string): boolean {
  const expected = pattern.split('.')
  const parts = topic.split('.')
  for (const [index, part] of expected.entries()) {
    if (part === '>' || part === '#') return true
    if (part !== '*' && part !== parts[index]) return false
  }
  return expected.length === parts.length
}
