/** Addresses as ActiveMQ reads them: topics, queues, wildcards and the queues behind virtual topics. */

/** Where an address leads; `name` is without prefix. */
export type Destination = { kind: 'queue' | 'topic'; name: string }

const PREFIXES = [
  ['topic://', 'topic'],
  ['/topic/', 'topic'],
  ['queue://', 'queue'],
  ['/queue/', 'queue'],
] as const

/** Reads an address; without a prefix it is a queue, except `VirtualTopic.…`, which can only be meant as a topic. */
export function parseAddress(address: string): Destination {
  for (const [prefix, kind] of PREFIXES) {
    if (address.startsWith(prefix)) return { kind, name: address.slice(prefix.length) }
  }
  return { kind: address.startsWith('VirtualTopic.') ? 'topic' : 'queue', name: address }
}

/** The pattern of topics whose messages a queue `Consumer.<name>.VirtualTopic.<…>` gets; undefined for other queues. */
export function virtualTopicOf(queue: string): string | undefined {
  return /^Consumer\.[^.]+\.(VirtualTopic\..+)$/.exec(queue)?.[1]
}

/** `*` stands for one part of a topic, `>` and `#` for the whole rest. */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.')
  const parts = topic.split('.')
  for (const [index, part] of wanted.entries()) {
    if (part === '>' || part === '#') return true
    if (part !== '*' && part !== parts[index]) return false
  }
  return wanted.length === parts.length
}
