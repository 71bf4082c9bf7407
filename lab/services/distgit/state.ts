/** What the git web server holds: repositories with commits and the names that lead to them. */
import { createHash } from 'node:crypto'

/** Files by path, as of one commit. */
type Tree = ReadonlyMap<string, string>

/** One repository; a branch is the name of a commit. */
type Repository = { commits: Map<string, Tree>; branches: Map<string, string> }

/** Repositories by their full name, such as `rpms/nethack`. */
export type DistGitState = {
  repositories: Map<string, Repository>
  /** Where the fault `redirect` sends its victims. */
  redirectTo: string
}

/** A file that is put into a repository as a commit on top of its branch. */
export type NewFile = {
  repository: string
  path: string
  text: string
  /** Default `main`. */
  branch?: string
  /** The number of the commit; made up when left out. */
  commit?: string
}

/** A server without repositories. */
export function createDistGitState(): DistGitState {
  return { repositories: new Map(), redirectTo: 'http://elsewhere.example.com/' }
}

/** Makes the commit, and the repository and branch when they are not there; gives the commit's number. */
export function commitFile(state: DistGitState, file: NewFile): string {
  const { repository: name, path, text, branch = 'main' } = file
  const repository = state.repositories.get(name) ?? { commits: new Map(), branches: new Map() }
  state.repositories.set(name, repository)
  const before = repository.commits.get(repository.branches.get(branch) ?? '') ?? new Map<string, string>()
  const number = createHash('sha1').update(`${name} ${path} ${repository.commits.size} ${text}`).digest('hex')
  const commit = file.commit ?? number
  repository.commits.set(commit, new Map([...before, [path, text]]))
  repository.branches.set(branch, commit)
  return commit
}

/** The text of a file at a commit or branch. */
export function fileAt(
  state: DistGitState,
  repository: string,
  ref: string,
  path: string,
): string | undefined {
  const known = state.repositories.get(repository)
  return known?.commits.get(known.branches.get(ref) ?? ref)?.get(path)
}
