/** Planning: how its time grows with the number of images. */
import type { Bench, Line } from '../bench.ts'
import { startChild } from '../child.ts'
import { show, showMs } from '../statistics.ts'
import type { PlanningResult } from './planning-process.ts'

const SIZES = [1000, 10_000, 100_000]
const TARGET = { images: 10_000, ms: 1000 }

/** One process for each size, so that its peak memory is separate and its first plan is really cold. */
export const planning: Bench = {
  name: 'planning',
  explains:
    'One plan of all images in a new process, and the growth of its time with 10 times as many images.',
  async run() {
    const lines: Line[] = []
    let before: PlanningResult | undefined
    for (const images of SIZES) {
      const child = await startChild<PlanningResult>(new URL('./planning-process.ts', import.meta.url), [
        String(images),
      ])
      await child.stop()
      lines.push(lineOf(images, child.report, before))
      before = child.report
    }
    return lines
  },
}

function lineOf(images: number, result: PlanningResult, before: PlanningResult | undefined): Line {
  const { firstMs, warmCpuMs, peakRssBytes } = result
  return {
    what: `${images.toLocaleString('en-US')} images`,
    measured: `${showMs(firstMs)} (warm: ${showMs(warmCpuMs)} of processor time), peak RSS ${show(peakRssBytes / 2 ** 20)} MiB`,
    compared: before
      ? `x ${show(warmCpuMs / before.warmCpuMs)} warm, x ${show(firstMs / before.firstMs)} first`
      : 'x 1',
    ...(images === TARGET.images && {
      target: { text: `under ${showMs(TARGET.ms)}`, met: firstMs < TARGET.ms },
    }),
    raw: { images, ...result },
  }
}
