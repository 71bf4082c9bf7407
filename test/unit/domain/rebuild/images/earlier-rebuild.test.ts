import { describe, expect, it } from 'vitest'
import { lacksRpms, rpmsByName } from '../../../../../src/domain/rebuild/images/earlier-rebuild.ts'

const rpm = (name: number, release = 3) => `rpm${name}-1-${release}.el8`

describe('whether the rebuild of an event that put in many RPMs lacks one', () => {
  const had = Array.from({ length: 2000 }, (_, name) => rpm(name))

  /** Counts the names that are looked up; nothing goes through all of them. */
  class Counted extends Map<string, readonly string[]> {
    lookups = 0
    override get(name: string) {
      this.lookups += 1
      return super.get(name)
    }
    override [Symbol.iterator](): never {
      throw new Error('all RPMs of the event are gone through')
    }
    override values = this[Symbol.iterator]
    override entries = this[Symbol.iterator]
  }
  const counted = () => {
    const rpms = new Counted()
    for (const [name, nvrs] of rpmsByName(had)) rpms.set(name, nvrs)
    return rpms
  }

  it.each([true, false])('depends only on the needed ones (of the same advisory: %s)', (isOfSameAdvisory) => {
    const fixedRpms = counted()
    const rebuild = { nvr: 'app-1-2', fixedRpms, isOfSameAdvisory }
    expect(lacksRpms(rebuild, [rpm(0), rpm(1999)])).toBe(false)
    expect(fixedRpms.lookups).toBe(2)
    expect(lacksRpms(rebuild, [rpm(0), rpm(7, 4)])).toBe(true)
  })

  it('does not depend on how epochs are written, and is known for texts that are not NVRs too', () => {
    const rebuild = {
      nvr: 'app-1-2',
      fixedRpms: rpmsByName(['perl-4:5-1.el8', 'odd']),
      isOfSameAdvisory: true,
    }
    expect(lacksRpms(rebuild, ['perl-5-1.el8', '4:perl-5-1.el8', 'odd'])).toBe(false)
    expect(lacksRpms(rebuild, ['perl-5-1.el8', 'other'])).toBe(true)
  })
})
