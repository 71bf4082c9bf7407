/** What `freshwave decide` does: makes a decision on the command line, without a server, by the configured policies. */
import { createClients } from '../../clients/index.ts'
import { decide } from '../../commands/gate/decide.ts'
import { openGate } from '../../commands/gate/open-gate.ts'
import { readSettings } from '../../config/settings.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { readPolicySet } from '../../gate-input/policies/load.ts'
import { BadSettings, messageOf } from '../../lib/errors.ts'
import { createLog, withoutCredentials } from '../../lib/log.ts'
import { createMetrics } from '../../lib/metrics/metrics.ts'
import { decisionJson } from '../../present/gate/decision.ts'
import { explanationJson } from '../../present/gate/explanation.ts'
import { type Ending, EXIT } from '../end.ts'
import { drawDecision } from '../text/decision-text.ts'
import { drawExplanation } from '../text/explanation-text.ts'
import { printable, printableJson } from '../text/printable.ts'
import { INSTALLED } from './installed.ts'

/** The options of the command. */
export type DecideOptions = {
  type: string
  context: string[]
  productVersion: string
  when?: string
  verbose?: boolean
  json?: boolean
  explain?: boolean
}

/** Decides these subjects. Ends with EXIT.error when no decision is possible. */
export async function decideLocally(identifiers: readonly string[], options: DecideOptions): Promise<Ending> {
  const body = bodyOf(identifiers, options)
  try {
    const settings = readSettings({ installed: INSTALLED })
    const set = await readPolicySet(settings.env)
    const metrics = createMetrics()
    const clients = createClients(settings, createLog('silent'), metrics)
    const policies = { current: () => set }
    const gate = openGate({ settings, clients, metrics, now: () => new Date(), policies })
    const { decision, explanation } = await decide(gate, () => body)
    const json = decisionJson(decision, gate.settings.distinctLatestResultsOn, explanation)
    const drawn = json.explanation ? `\n${drawExplanation(json.explanation)}` : ''
    const text = options.json ? printableJson(json) : drawDecision(json) + drawn
    return { text, problem: '', code: decision.satisfied ? EXIT.satisfied : EXIT.unsatisfied }
  } catch (error) {
    return { text: onlyExplained(error, options), problem: problemOf(error), code: EXIT.error }
  }
}

/** When no decision is possible, the explanation often shows why. */
function onlyExplained(error: unknown, { json }: DecideOptions): string {
  if (!(error instanceof DecisionError && error.explanation)) return ''
  const cause = error.cause === undefined ? undefined : messageOf(error.cause)
  const explanation = explanationJson(error.explanation, { cause })
  return json ? printableJson({ explanation }) : drawExplanation(explanation)
}

function bodyOf(identifiers: readonly string[], options: DecideOptions): object {
  return {
    decision_context: options.context,
    product_version: options.productVersion,
    subject: identifiers.map((item) => ({ type: options.type, item })),
    verbose: options.verbose ?? false,
    explain: options.explain ?? false,
    when: options.when,
  }
}

/** Only lists of settings problems have our own line breaks; other messages, and their causes, may quote text from outside. */
function problemOf(error: unknown): string {
  if (error instanceof BadSettings) return error.message
  const cause = error instanceof Error ? error.cause : undefined
  const lines = [messageOf(error), ...(cause === undefined ? [] : [`Cause: ${messageOf(cause)}`])]
  return lines.map((line) => printable(withoutCredentials(line))).join('\n')
}
