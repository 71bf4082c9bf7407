/** Flatpaks of the example catalogue, the modules they are built from, and the composes of these. */
import { moduleBuild } from '../../src/domain/rebuild/discover/flatpaks/module.ts'
import type { LabModule } from './entry.ts'
import type { ImageSpec } from './spec.ts'
import { EL8, rpm } from './streams.ts'

/** The module that advisory 133005 updates: the build in the flatpaks, and the fixed one. */
export const IMAGE_LIBS = { name: 'image-libs', stream: 'rhel8', context: '9e153712' } as const
const PUBLISHED: LabModule = { ...IMAGE_LIBS, version: '8090020260901120000' }
/** Versions of modules have more digits than a number can hold, and contexts may look like numbers. */
export const FIXED_IMAGE_LIBS: LabModule = { ...IMAGE_LIBS, version: '8090020261101080001' }
export const FIXED_RASTER = rpm('libraster-1.6.37-5.module+el8.9.0+20400+5d6e7f80')

const RUNTIME = 'flatpak-runtime:rhel8:8090020260815093000:5c5d3f5e'
const CALENDAR_LIBS = 'calendar-libs:stable:8090020260820101500:77a0b1c2'

/** The modules that the published flatpaks were built from; one flatpak also has a compose of content sets. */
export const FLATPAK_COMPOSES = [
  { id: 110, sourceType: 'module', source: `${RUNTIME} ${moduleBuild(PUBLISHED)}` },
  { id: 111, sourceType: 'module', source: `${RUNTIME} ${CALENDAR_LIBS}` },
] as const

const RASTER = rpm('libraster-1.6.37-3.module+el8.9.0+20011+1a2b3c4d')
const FLATPAK = {
  stream: EL8,
  from: null,
  adds: [...EL8.base, RASTER],
  contentSets: { amd64: [], arm64: [] },
  composeIds: [110],
  flatpak: { modules: ['flatpak-runtime:rhel8', 'image-libs:rhel8'] },
  expect: 'left',
} as const

/** None of them is affected by the critical advisory; 133005 concerns those with the module `image-libs:rhel8`. */
export const FLATPAK_IMAGES: readonly ImageSpec[] = [
  {
    ...FLATPAK,
    nvr: 'sketchbook-container-3.2-7',
    repository: 'desktop/sketchbook',
    composeIds: [101, 110],
    note: 'flatpak: has the module',
  },
  {
    ...FLATPAK,
    nvr: 'slideshow-container-1.1-12',
    repository: 'desktop/slideshow',
    note: 'flatpak: has the module, but none of its tags is rebuilt automatically',
  },
  {
    ...FLATPAK,
    nvr: 'scanner-container-2.0-3',
    repository: 'desktop/scanner',
    adds: [...EL8.base, FIXED_RASTER],
    note: 'flatpak: has the module, and its packages are fixed',
  },
  {
    ...FLATPAK,
    nvr: 'calendar-container-5.4-1',
    repository: 'desktop/calendar',
    adds: EL8.base,
    composeIds: [111],
    flatpak: { modules: ['flatpak-runtime:rhel8', 'calendar-libs:stable'] },
    note: 'flatpak: has other modules',
  },
]
