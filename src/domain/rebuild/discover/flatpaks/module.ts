/** A module: packages that are built and shipped together, from which flatpaks are built (behaviour/freshmaker 6.8). */

/** One build of a module stream; `nvr` is its name in the build system, where the stream is spelled differently. */
export type Module = { nvr: string; name: string; stream: string; version: string; context: string }

/** `name:stream`: what the flatpak index lists images by, and what two builds of one stream have in common. */
export function moduleStream({ name, stream }: Pick<Module, 'name' | 'stream'>): string {
  return `${name}:${stream}`
}

/** `name:stream:version:context`: one build, as a compose is requested from it. */
export function moduleBuild({ name, stream, version, context }: Omit<Module, 'nvr'>): string {
  return `${name}:${stream}:${version}:${context}`
}

/** The `name:stream` of a module as composes list it: `name:stream`, `name:stream:version` or with the context. */
export function streamOf(listed: string): string {
  return listed.split(':').slice(0, 2).join(':')
}
