/** `freshwave events`, `builds`, `inbox`, `audit`: lists of the API as tables, one page at a time or from end to end. */
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { AUDIT_ACTIONS } from '../../domain/audit.ts'
import { checked, pageSchema } from '../service/answers.ts'
import type { Query } from '../service/client.ts'
import { addRemote, id, listed, type Remote, remotely, type Shown } from '../service/remote.ts'
import { type Column, drawTable, type Item } from '../text/table.ts'

type List = {
  name: string
  description: string
  path: string
  columns: readonly Column[]
  /**
   * Option and what it means; the argument of the API has the option's name with underscores. The API takes several values of
   * those that are marked, and the first of any other.
   */
  filters: readonly (readonly [option: string, description: string, repeat?: typeof MANY])[]
}

/** An item that has any of the values is in the list. */
const MANY = 'may be repeated'

const LISTS: readonly List[] = [
  {
    name: 'events',
    description: 'list events, newest first',
    path: '/api/2/events/',
    columns: [
      ['ID', 'id'],
      ['ADVISORY', 'search_key'],
      ['STATE', 'state_name'],
      ['BUILDS', 'builds_summary.total'],
      ['FAILED', 'builds_summary.FAILED'],
      ['CREATED', 'time_created'],
      ['REQUESTER', 'requester'],
      ['REASON', 'state_reason'],
    ],
    filters: [
      ['--state <state>', 'INITIALIZED, BUILDING, COMPLETE, FAILED, SKIPPED or CANCELED', MANY],
      ['--search-key <advisory>', 'id of an advisory', MANY],
      ['--requester <name>', 'who requested it', MANY],
      ['--event-type-id <number>', 'type of the event', MANY],
      ['--message-id <id>', 'message that triggered it', MANY],
      ['--order-by <key>', 'id or message_id, with - for descending'],
    ],
  },
  {
    name: 'builds',
    description: 'list builds, newest first',
    path: '/api/2/builds/',
    columns: [
      ['ID', 'id'],
      ['EVENT', 'event_id'],
      ['STATE', 'state_name'],
      ['IMAGE', 'original_nvr'],
      ['REBUILT', 'rebuilt_nvr'],
      ['TASK', 'build_id'],
      ['REASON', 'state_reason'],
    ],
    filters: [
      ['--state <state>', 'PLANNED, BUILD, DONE, FAILED or CANCELED'],
      ['--event-id <id>', 'event'],
      ['--name <name>', 'name of the image'],
      ['--original-nvr <nvr>', 'image that is rebuilt'],
      ['--rebuilt-nvr <nvr>', 'image that was built'],
      ['--build-id <task>', 'task in the build system'],
      ['--dep-on-id <id>', 'build of the image that it is built on'],
      ['--type <type>', 'RPM, IMAGE, MODULE or IMAGE_REPOSITORY'],
      ['--event-type-id <number>', 'type of its event'],
      ['--event-search-key <advisory>', 'advisory of its event'],
      ['--order-by <key>', 'such as id or original_nvr, with - for descending'],
    ],
  },
  {
    name: 'inbox',
    description: 'list messages from the bus, newest first',
    path: '/api/2/inbox',
    columns: [
      ['ID', 'id'],
      ['RECEIVED', 'received_at'],
      ['STATE', 'state'],
      ['EVENT', 'event_id'],
      ['BYTES', 'bytes'],
      ['TOPIC', 'topic'],
      ['REASON', 'reason'],
    ],
    filters: [
      ['--state <state>', 'new, done, ignored or failed', MANY],
      ['--topic <topic>', 'full topic', MANY],
    ],
  },
  {
    name: 'audit',
    description: 'list requests for changes, newest first',
    path: '/api/2/audit',
    columns: [
      ['AT', 'at'],
      ['WHO', 'who'],
      ['BY', 'credential'],
      ['FROM', 'door'],
      ['ADDRESS', 'address'],
      ['ACTION', 'action'],
      ['SUBJECT', 'subject'],
      ['OUTCOME', 'outcome'],
      ['EVENT', 'event_id'],
      ['DETAIL', 'detail'],
    ],
    filters: [
      ['--who <name>', 'user', MANY],
      ['--action <action>', AUDIT_ACTIONS.join(', '), MANY],
      ['--outcome <outcome>', 'done, refused or failed', MANY],
      ['--subject <subject>', 'such as "advisory 12345" or "event 7"', MANY],
      ['--since <time>', 'ISO 8601, or 7d for seven days ago'],
      ['--until <time>', 'the same'],
    ],
  },
]

/** A page that was requested by a cursor. */
const stretchSchema = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  meta: z.object({ next_cursor: z.string().nullable() }),
})

const MAX_PER_PAGE = 100

/** Adds the commands to the program. */
export function addLists(program: Command): void {
  for (const list of LISTS) {
    const command = addRemote(program, list.name, list.description)
      .option('--page <number>', 'page', id)
      .option('--per-page <number>', 'items on a page', id, 20)
      .addOption(new Option('--all', 'the whole list').conflicts(['page', 'perPage']))
    for (const [option, description, repeat] of list.filters)
      if (repeat) command.option(option, `${description}; ${repeat}`, listed)
      else command.option(option, description)
    command.action(remotely((remote, options: Record<string, unknown>) => show(remote, list, options)))
  }
}

async function show(remote: Remote, list: List, options: Record<string, unknown>): Promise<Shown> {
  const draw = (items: readonly Item[]) => drawTable(list.columns, items, remote.style, remote.width)
  const query = (...more: string[]) =>
    Object.fromEntries(
      [...more, ...list.filters.map(([option]) => option)]
        .map(argumentOf)
        .map((name) => [name, options[camelCase(name)] as string[] | string | number | undefined]), // as declared above
    )
  if (options['all'] === true) {
    const items = await readAll(remote, list.path, query())
    return { answer: { items }, lines: [...draw(items), `${items.length} in all`] }
  }
  const answer = await remote.service.get(list.path, query('--page <>', '--per-page <>'))
  const { items, meta } = checked(pageSchema, answer)
  return { answer, lines: [...draw(items), footer(items, meta)] }
}

/** Walks the list by cursor: nothing is shown twice or left out because of what changes meanwhile. */
async function readAll({ service }: Remote, path: string, query: Query): Promise<Item[]> {
  const all: Item[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await service.get(path, { ...query, per_page: MAX_PER_PAGE, cursor })
    const { items, meta } = checked(stretchSchema, answer)
    for (const item of items) all.push(item)
    cursor = meta.next_cursor
  }
  return all
}

function footer(
  items: readonly Item[],
  { page, pages, total }: { page: number; pages: number; total: number },
): string {
  const of = pages > 1 ? `, page ${page} of ${pages}` : ''
  return `${items.length} of ${total}${of}`
}

function argumentOf(option: string): string {
  return (option.split(' ')[0] ?? '').slice(2).replaceAll('-', '_')
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())
}
