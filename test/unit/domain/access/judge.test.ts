/** Checks who may do what (behaviour/freshmaker 3.3 to 3.5, 4). */
import { describe, expect, it } from 'vitest'
import { type Identity, NOAUTH, NOT_AUTHENTICATED } from '../../../../src/domain/access/identity.ts'
import {
  ACTIONS,
  type Action,
  refusalOf,
  refusalToCancel,
  refusalToRetry,
} from '../../../../src/domain/access/judge.ts'
import { ROLES, type Role } from '../../../../src/domain/access/roles.ts'
import { EVENT_TYPES } from '../../../../src/domain/event.ts'

const user = (roles: Role[], fields: Partial<Identity> = {}): Identity => ({
  name: 'han_solo',
  credential: 'kerberos',
  groups: [],
  scopes: null,
  ...fields,
  roles,
})
const actions = Object.keys(ACTIONS) as Action[] // the keys of a constant
const allowed = (role: Role) => actions.filter((action) => refusalOf(action, user([role]), '') === undefined)

describe('a role', () => {
  it.each<[Role, Action[]]>([
    ['admin', actions],
    ['manual_rebuilder', ['rebuild', 'cancel', 'retry']],
    ['freshmaker_async_rebuilders', ['async-rebuild', 'retry']],
  ])('%s allows exactly %j', (role, expected) => {
    expect(allowed(role)).toEqual(expected)
  })

  it('that is missing is named with all that would do, in their order', () => {
    expect(refusalOf('cancel', user([], { name: 'john_smith' }), '')).toBe(
      'User john_smith does not have any of the following roles: admin, manual_rebuilder',
    )
    expect(refusalOf('async-rebuild', user(['manual_rebuilder']), '')).toBe(
      'User han_solo does not have any of the following roles: admin, freshmaker_async_rebuilders',
    )
  })

  it('is not required without authentication, and never found in a caller that has not logged in', () => {
    for (const action of actions) {
      expect(refusalOf(action, NOAUTH, 'ns/')).toBeUndefined()
      expect(refusalOf(action, NOT_AUTHENTICATED, 'ns/')).toBeDefined()
    }
  })
})

describe('a scope', () => {
  const token = (scopes: string[], roles: Role[] = [...ROLES]) => user(roles, { credential: 'token', scopes })

  it('is required of tokens, below the namespace', () => {
    expect(refusalOf('rebuild', token(['ns/submit-build']), 'ns/')).toBeUndefined()
    for (const scopes of [[], ['submit-build'], ['other/submit-build'], ['ns/submit-build-x']])
      expect(refusalOf('rebuild', token(scopes), 'ns/')).toBe(
        'Request does not have required scope submit-build',
      )
  })

  it('is judged before the role', () => {
    expect(refusalOf('rebuild', token([], []), '')).toContain('scope submit-build')
    expect(refusalOf('rebuild', token(['submit-build'], []), '')).toContain('following roles')
  })

  it('is not required to cancel', () => {
    expect(refusalOf('cancel', token([]), '')).toBeUndefined()
  })
})

describe('cancel', () => {
  const OTHERS = "You must be an admin to cancel someone else's event."

  it.each([
    ['the requester', user(['manual_rebuilder']), 'han_solo', undefined],
    ['another rebuilder', user(['manual_rebuilder'], { name: 'tom_hanks' }), 'han_solo', OTHERS],
    ['one whose name differs in case', user(['manual_rebuilder'], { name: 'Han_Solo' }), 'han_solo', OTHERS],
    ['a rebuilder, of an automatic event', user(['manual_rebuilder']), null, OTHERS],
    ['an admin', user(['admin'], { name: 'root' }), 'han_solo', undefined],
    ['an admin, of an automatic event', user(['admin']), null, undefined],
    ['everyone without authentication', NOAUTH, 'han_solo', undefined],
    ['nameless callers, of an automatic event', NOT_AUTHENTICATED, null, OTHERS],
  ])('by %s', (_who, identity, requester, expected) => {
    expect(refusalToCancel(identity, requester)).toBe(expected)
  })
})

describe('retry', () => {
  const byName = EVENT_TYPES.FreshmakerAsyncManualBuildEvent
  const ofAdvisory = EVENT_TYPES.ErrataAdvisoryStateChangedEvent
  const roles = (names: string) => `User han_solo does not have any of the following roles: ${names}`
  const rebuilds = roles('admin, manual_rebuilder')
  const asyncRebuilds = roles('admin, freshmaker_async_rebuilders')

  it.each<[string, Role[], advisory: string | undefined, named: string | undefined]>([
    ['an admin', ['admin'], undefined, undefined],
    ['a rebuilder', ['manual_rebuilder'], undefined, asyncRebuilds],
    ['an async rebuilder', ['freshmaker_async_rebuilders'], rebuilds, undefined],
    ['both', ['manual_rebuilder', 'freshmaker_async_rebuilders'], undefined, undefined],
    ['a user without a role', [], rebuilds, asyncRebuilds],
  ])('by %s needs the role that a new request for the builds would', (_who, held, advisory, named) => {
    expect(refusalToRetry(user(held), ofAdvisory, '')).toBe(advisory)
    expect(refusalToRetry(user(held), byName, '')).toBe(named)
  })

  it('needs the scope too', () => {
    const token = user(['admin'], { credential: 'token', scopes: ['openid'] })
    for (const type of [byName, ofAdvisory])
      expect(refusalToRetry(token, type, '')).toBe('Request does not have required scope submit-build')
  })

  it('needs nothing without authentication', () => {
    expect(refusalToRetry(NOAUTH, byName, '')).toBeUndefined()
  })
})
