/** `freshwave rebuild`, `async-rebuild`, `cancel`, `retry`, `replay`: everything that changes something. */
import type { Command } from 'commander'
import { z } from 'zod'
import { EXIT } from '../end.ts'
import { checked } from '../service/answers.ts'
import { CommandFailed } from '../service/client.ts'
import {
  addRemote,
  id,
  ids,
  jsonValue,
  listed,
  type Remote,
  remotely,
  type Shown,
} from '../service/remote.ts'
import { drawEvent, eventSchema } from '../text/event-text.ts'
import { cellText, drawTable, type Item } from '../text/table.ts'
import { followEvent } from './follow.ts'

type Common = { dryRun?: boolean; dependsOn?: number; metadata?: unknown; requester?: string; wait?: boolean }

const retriedSchema = z.object({ event_id: z.number(), builds: z.array(z.number()) })

/** Adds the commands to the program. */
export function addChanges(program: Command): void {
  common(
    addRemote(program, 'rebuild', 'rebuild the images that an advisory affects')
      .argument('<errata>', 'id of the advisory', id)
      .option('--image <nvr>', 'only this image and what it is built on; may be repeated', listed)
      .option('--force', 'even if another event of the advisory is running'),
  ).action(
    remotely(
      (
        remote,
        errata: number,
        { image, force, ...options }: Common & { image?: string[]; force?: boolean },
      ) => rebuild(remote, 'builds', options, { errata_id: errata, container_images: image, force }),
    ),
  )
  common(
    addRemote(program, 'async-rebuild', 'rebuild images by package name, without an advisory')
      .argument('<package...>', 'package names')
      .requiredOption('--branch <branch>', 'dist-git branch')
      .option('--target <target>', 'build target; default: that of the original build'),
  ).action(
    remotely(
      (
        remote,
        packages: string[],
        { branch, target, ...options }: Common & { branch: string; target?: string },
      ) =>
        rebuild(remote, 'async-builds', options, {
          dist_git_branch: branch,
          brew_target: target,
          container_images: packages,
        }),
    ),
  )
  addRemote(program, 'cancel', 'cancel an event and its builds')
    .argument('<event>', 'id of the event', id)
    .action(
      remotely(({ service, style }, eventId: number) =>
        service.send('PATCH', `/api/2/events/${eventId}`, { action: 'cancel' }).then((answer) => ({
          answer,
          lines: drawEvent(checked(eventSchema, answer), style),
        })),
      ),
    )
  addRemote(program, 'retry', 'build what failed in an ended event again, in a new event')
    .argument('<event>', 'id of the event', id)
    .argument(
      '[build...]',
      'only these failed or canceled builds, with those they need and those that depend on them',
      ids,
    )
    .option('--reason <text>', 'shown with the new event')
    .option('--requester <name>', 'name of the requester; only without authentication')
    .option('--wait', 'follow the new event until it ends')
    .action(remotely(retry))
  addRemote(program, 'replay', 'read failed or ignored messages again, as if they had just arrived')
    .argument('<message...>', 'ids from "freshwave inbox"', ids)
    .action(remotely(replay))
}

function common(command: Command): Command {
  return command
    .option('--dry-run', 'submit nothing; the builds end DONE')
    .option('--depends-on <event>', 'event whose finished builds are reused', id)
    .option('--metadata <json>', 'shown with the event', jsonValue)
    .option('--requester <name>', 'name of the requester; only without authentication')
    .option('--wait', 'follow the event until it ends')
}

async function rebuild(remote: Remote, path: string, options: Common, body: object): Promise<Shown> {
  const { dryRun, dependsOn, metadata, requester, wait } = options
  const answer = await remote.service.send('POST', `/api/2/${path}/`, {
    ...body,
    dry_run: dryRun,
    freshmaker_event_id: dependsOn,
    metadata,
    requester,
  })
  const event = checked(eventSchema, answer)
  return wait ? followEvent(remote, event.id) : { answer, lines: drawEvent(event, remote.style) }
}

type RetryOptions = { reason?: string; requester?: string; wait?: boolean }

async function retry(
  remote: Remote,
  eventId: number,
  builds: number[],
  options: RetryOptions,
): Promise<Shown> {
  const { reason, requester, wait } = options
  const answer = await remote.service.send('POST', `/api/2/events/${eventId}/retry`, {
    builds,
    reason,
    requester,
  })
  const retried = checked(retriedSchema, answer)
  if (wait) return followEvent(remote, retried.event_id)
  const what = retried.builds.length > 0 ? `builds ${retried.builds.join(', ')}` : 'everything'
  return { answer, lines: [`Event ${retried.event_id} plans ${what} of event ${eventId} again.`] }
}

/** One request for each message, so that a refused one does not hold up the others. What was done is shown even if the service then vanishes. */
async function replay({ service, style, width }: Remote, messages: number[]): Promise<Shown> {
  const answer: Item[] = []
  let code: number = EXIT.done
  let failure: CommandFailed | undefined
  for (const message of messages) {
    try {
      const replayed = await service.send('POST', `/api/2/inbox/${message}/replay`)
      answer.push(checked(z.record(z.string(), z.unknown()), replayed))
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      if (error.code !== EXIT.refused) {
        if (answer.length === 0) throw error
        failure = error
        break
      }
      answer.push({ id: message, state: 'refused', reason: cellText(error.message) })
      code = error.code
    }
  }
  const columns = [
    ['ID', 'id'],
    ['STATE', 'state'],
    ['REASON', 'reason'],
  ] as const
  return { answer, lines: drawTable(columns, answer, style, width), code, ...(failure && { failure }) }
}
