/** Spans around pieces of work (decision 0054). They cost next to nothing while no trace is being recorded. */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Trace } from '../../domain/message.ts'
import { contextOf, isTracing, linksTo, traceOf } from './carrier.ts'

/** What is known of a span when it starts; `name` has no ids, so that spans of one kind can be compared. */
export type SpanStart = { name: string; kind?: SpanKind; attributes?: Attributes }

/** Where work comes from: `parent` continues that trace, without it a new one begins; `links` led to the same work. */
export type SpanOrigin = { parent?: Trace | null; links?: readonly Trace[] }

const TRACER = 'freshwave'
/** The span by which a trace entered this process; what is stored with rows, so that it is the parent of what follows. */
const ENTRY = createContextKey('freshwave entry span')
/** Other work that waits for the same call: `inSpan` links to it. */
const LINKS = createContextKey('freshwave links')

/** Runs work that something outside started: a delivery, a job, a request. Everything `inSpan` within belongs to it. */
export function inEntrySpan<T>(
  start: SpanStart,
  { parent, links = [] }: SpanOrigin,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const from = parent ? contextOf(parent) : ROOT_CONTEXT
  const span = begin(start, from, links)
  return runIn(span, trace.setSpan(from, span).setValue(ENTRY, span), work)
}

/** The same for work that ends elsewhere; `trace` is to be stored with it, null where nothing is traced. */
export function openEntrySpan(
  start: SpanStart,
  { parent }: SpanOrigin,
): { trace: Trace | null; end(): void } {
  if (!isTracing()) return { trace: null, end: () => undefined }
  const span = begin(start, parent ? contextOf(parent) : ROOT_CONTEXT, [])
  return { trace: traceOf(span), end: () => span.end() }
}

/** Runs a part of such work in its own span; outside such work, it runs without one. */
export function inSpan<T>(
  start: SpanStart | (() => SpanStart),
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  const active = context.active()
  if (!trace.getSpan(active)) return work()
  const links = (active.getValue(LINKS) ?? []) as readonly Trace[] // set by `forAll` alone
  const span = begin(typeof start === 'function' ? start() : start, active, links)
  return runIn(span, trace.setSpan(active, span).deleteValue(LINKS), work)
}

/** The same as a part of the work whose trace was stored; without one, of the work around it. */
export function inStoredSpan<T>(stored: Trace | null, start: SpanStart, work: () => Promise<T>): Promise<T> {
  const active = context.active()
  if (!stored || !trace.getSpan(active)) return inSpan(start, work)
  return context.with(contextOf(stored, active), () => inSpan(start, work))
}

/** A span without duration below the entry span; null while nothing is traced. @returns its context, to be stored with a row */
export function markSpan(start: SpanStart): Trace | null {
  const entry = entrySpan()
  if (!entry) return null
  const span = begin(start, trace.setSpan(ROOT_CONTEXT, entry), [])
  span.end()
  return traceOf(span)
}

/** The context to store with a row that is written now, so that what it leads to belongs to the same trace. */
export function currentTrace(): Trace | null {
  const entry = entrySpan()
  return entry ? traceOf(entry) : null
}

/** Remembers on whose behalf something waits, for `forAll`. */
export const waitingContext = (): Context => context.active()

/** Runs work done at once for several that waited: it belongs to the first, and its first span links to the others. */
export function forAll<T>(waiting: readonly Context[], work: () => T): T {
  const [first = ROOT_CONTEXT, ...others] = waiting
  const parent = trace.getSpan(first)
  const links = others.flatMap((other) => {
    const span = trace.getSpan(other)
    return span && span !== parent ? [traceOf(span)] : []
  })
  return context.with(links.length > 0 ? first.setValue(LINKS, links) : first, work)
}

/** Adds what has become known to the span of the work around it. */
export function addAttributes(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes)
}

function entrySpan(): Span | undefined {
  return context.active().getValue(ENTRY) as Span | undefined // set by `inEntrySpan` alone
}

function begin(
  { name, kind = SpanKind.INTERNAL, attributes }: SpanStart,
  from: Context,
  links: readonly Trace[],
): Span {
  // A tracer that is kept stays with the provider that it has found first, after the end of that too.
  return trace
    .getTracer(TRACER)
    .startSpan(name, { kind, attributes, ...(links.length > 0 && { links: linksTo(links) }) }, from)
}

async function runIn<T>(span: Span, within: Context, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(within, work, undefined, span)
  } catch (error) {
    recordError(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Waiting is not a failure; the second is how the queue store is requested to run a job later. */
const WAITING = ['NotReady', 'DelayedError']

/** Records only the kind of error: messages may quote what was sent, and logs have them with the ids of the span. */
function recordError(span: Span, error: unknown): void {
  const kind = error instanceof Error ? error.name : 'unknown'
  if (WAITING.includes(kind)) span.setAttribute('freshwave.outcome', 'later')
  else span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', kind)
}
