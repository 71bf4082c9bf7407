/** The names under which allow and block rules are written: handlers and artifact types (behaviour/freshmaker 6.2). */

/** The handlers of this program, as rules and log lines name them. */
export const HANDLER_NAMES = [
  'RebuildImagesOnRPMAdvisoryChange',
  'HandleBotasAdvisory',
  'RebuildFlatpakApplicationOnModuleReady',
  'RebuildImagesOnAsyncManualBuild',
] as const
export type HandlerName = (typeof HANDLER_NAMES)[number]

/** Where rules of all handlers are. */
export const GLOBAL = 'global'

const stage = (does: string) => `there is no such handler; ${does} is a stage of every event`

/** Handlers whose rules are never applied, with the reason; rules written for Freshmaker may name them. */
export const HANDLERS_WITHOUT_RULES: Readonly<Record<string, string>> = {
  RebuildFlatpakApplicationOnModuleReady: 'this handler needs no rule',
  RebuildImagesOnParentImageBuild: stage('building on a new parent'),
  RebuildImagesOnODCSComposeDone: stage('waiting for composes'),
  UpdateDBOnODCSComposeFail: stage('waiting for composes'),
  CancelEventOnFreshmakerManageRequest: 'there is no such handler; permissions say who may cancel an event',
}

/** What is rebuilt. */
export const ARTIFACT_TYPE = 'image'

/** Types that Freshmaker knows, and does not rebuild either (behaviour/freshmaker 1.1). */
export const OTHER_ARTIFACT_TYPES: readonly string[] = ['rpm', 'module', 'image_repository']
