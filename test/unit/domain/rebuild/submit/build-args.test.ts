/** The build_args of a build as the API shows them. */
import { describe, expect, it } from 'vitest'
import { initialBuildArgs, toBuildArgsJson } from '../../../../../src/domain/rebuild/submit/build-args.ts'
import { source } from '../../../../support/rebuild/planned-images.ts'

describe('build_args', () => {
  it('have the names of the API, and leave out values that are not set', () => {
    expect(
      toBuildArgsJson(initialBuildArgs(source('app', { arches: 'x86_64', flatpak: true }), 'base-1-1')),
    ).toEqual({
      repository: 'containers/app',
      commit: 'c0ffee',
      original_parent: 'base-1-1',
      target: 'rhel-8-candidate',
      branch: 'rhel-8',
      arches: 'x86_64',
      renewed_odcs_compose_ids: [7],
      flatpak: true,
      isolated: true,
    })
  })

  it('have a retry count and the address of the overrides once these are set', () => {
    const url = 'https://freshwave/api/2/pullspec_overrides/1'
    const args = { ...initialBuildArgs(source('app'), null), retryCount: 2, operatorCsvModificationsUrl: url }
    expect(toBuildArgsJson(args)).toMatchObject({ retry_count: 2, operator_csv_modifications_url: url })
  })
})
