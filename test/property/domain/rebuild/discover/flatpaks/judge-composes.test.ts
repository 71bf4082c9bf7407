/** Composes of any flatpak: nothing of the original is lost, and nothing old of the advisory's modules stays. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgeComposes } from '../../../../../../src/domain/rebuild/discover/flatpaks/judge-composes.ts'
import {
  moduleBuild,
  moduleStream,
  streamOf,
} from '../../../../../../src/domain/rebuild/discover/flatpaks/module.ts'

const module = fc
  .record({
    name: fc.constantFrom('perl', 'nodejs', 'runtime'),
    stream: fc.constantFrom('1.10', '1.1', 'rhel8'),
    version: fc.constantFrom('8090020260901120000', '8090020260901120001'),
    context: fc.constantFrom('9e153712', 'aa'),
  })
  .map((parts) => ({ ...parts, nvr: `${parts.name}-${parts.stream}-${parts.version}.${parts.context}` }))
const compose = fc.record({
  isOfModules: fc.boolean(),
  sources: fc.array(module.map(moduleBuild), { maxLength: 4 }),
})
const composes = fc.array(compose, { maxLength: 5 }).map((list) => list.map((one, id) => ({ id, ...one })))

it('every original module is composed, reused, or replaced by the build of the advisory', () => {
  fc.assert(
    fc.property(fc.array(module, { minLength: 1, maxLength: 3 }), composes, (advisory, originals) => {
      const { reused, modules } = judgeComposes(advisory, originals)
      const fixed = new Set(advisory.map(moduleStream))
      for (const { id, isOfModules, sources } of originals) {
        const hasFixed = isOfModules && sources.some((listed) => fixed.has(streamOf(listed)))
        expect(reused.includes(id)).toBe(!hasFixed)
        if (hasFixed)
          for (const listed of sources) if (!fixed.has(streamOf(listed))) expect(modules).toContain(listed)
      }
      const ofAdvisory = new Set(advisory.map(moduleBuild))
      for (const listed of modules) if (fixed.has(streamOf(listed))) expect(ofAdvisory.has(listed)).toBe(true)
      expect(modules).toEqual([...new Set(modules)].sort())
      expect(modules.length > 0).toBe(originals.some(({ isOfModules }) => isOfModules))
    }),
  )
})
