/** Koji's refusals: their numbers, and whether the thing, the hub or our account is to blame (behaviour/koji 8). */
import type { Blame } from '../../../lib/errors.ts'
import { shortened } from '../../../lib/shortened.ts'
import { XmlRpcFault } from '../../../lib/xmlrpc/index.ts'

/** The faults this program distinguishes. */
export const FAULT = {
  python: 1,
  generic: 1000,
  auth: 1002,
  notAllowed: 1004,
  build: 1005,
  authExpired: 1007,
  sequence: 1008,
  retry: 1009,
  functionDeprecated: 1013,
  serverOffline: 1014,
  parameter: 1019,
} as const

/** Koji's fault numbers; 1 stands for every Python error inside the hub, such as a full disk. */
const BLAMES: Readonly<Record<number, Blame>> = {
  1: 'service',
  1000: 'thing',
  1001: 'service', // LockError
  1002: 'account',
  1003: 'thing', // TagError
  1004: 'account', // ActionNotAllowed
  1005: 'thing', // BuildError
  1006: 'account', // AuthLockError
  1007: 'account',
  1008: 'account',
  1009: 'service',
  1010: 'thing', // PreBuildError
  1011: 'thing', // PostBuildError
  1012: 'service', // BuildrootError
  1013: 'thing', // FunctionDeprecated
  1014: 'service',
  1015: 'thing', // LiveCDError
  1016: 'service', // PluginError
  1017: 'service', // CallbackError
  1018: 'thing', // ApplianceError
  1019: 'thing',
  1020: 'thing', // ImportError
  1021: 'service', // ConfigurationError
  1022: 'thing', // LiveMediaError
  1023: 'account', // GSSAPIAuthError
  1024: 'thing', // NameValidationError
  2001: 'thing', // ContainerError
  2002: 'thing', // ContainerCancelled
}

/**
 * Texts that change the blame: GenericError also reports a missing login, a plugin that is not loaded, and a channel for tasks that
 * is missing or disabled; a Python error about undecodable data concerns that record, every other one the hub. Inside a
 * multicall it comes without the name of its class.
 */
const TEXTS: readonly { code: number; text: RegExp; blame: Blame }[] = [
  { code: FAULT.generic, text: /must have an owner/, blame: 'account' },
  {
    code: FAULT.generic,
    text: /^Invalid method: |^No such channel: |^Channel .* is disabled|^invalid (channel|priority) policy/,
    blame: 'service',
  },
  { code: FAULT.python, text: /binascii\.Error|ExpatError|Unicode\w*Error/, blame: 'thing' },
  {
    code: FAULT.python,
    text: /Incorrect padding|: line \d+, column \d+|invalid (start|continuation) byte|'NoneType' object has no attribute 'find'/,
    blame: 'thing',
  },
]

/** A call that the hub understood and refused; `code` is one of the numbers above or any other of Koji's. */
export class KojiFault extends XmlRpcFault {
  readonly service = 'koji'
  /** A traceback, or what a plugin has printed, may be of any length, and becomes the reason of each build that it is about. */
  constructor(code: number, text: string) {
    super(code, shortened(text))
  }
  /** A code that is not in the table is waited for: it says nothing certain about the thing. */
  get blame(): Blame {
    const special = TEXTS.find(({ code, text }) => code === this.code && text.test(this.text))
    return special?.blame ?? BLAMES[this.code] ?? 'service'
  }
}

/** Whether something thrown is a fault with one of these codes. */
export function isFault(thrown: unknown, ...codes: number[]): thrown is KojiFault {
  return thrown instanceof KojiFault && codes.includes(thrown.code)
}

/** Whether the hub reports that it has no `multiCall`: stand-ins for a hub have only the few methods that are used. */
export function isWithoutMultiCall(thrown: unknown): boolean {
  return thrown instanceof KojiFault && /\bmultiCall\b/.test(thrown.text)
}
