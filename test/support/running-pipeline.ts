/** A world and a pipeline in it for one test; both stop at the end of the test. */
import { onTestFinished } from 'vitest'
import type { LabOptions } from '../../lab/start.ts'
import { startWorld, type TestWorld } from './lab/world.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'
import { startRedis } from './servers/redis.ts'

type PipelineOptions = Parameters<typeof startPipeline>[1]

/** Starts both. Call only inside a test; a concurrent test passes its own `atEnd`. */
export async function runningPipeline(
  lab: LabOptions,
  options: PipelineOptions = {},
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<{ world: TestWorld; pipeline: Pipeline }> {
  const world = await startWorld(lab)
  atEnd(world.stop)
  const pipeline = await startPipeline(world, options)
  atEnd(pipeline.stop)
  return { world, pipeline }
}

/** Starts a Redis for one test and returns its address. */
export async function ownRedis(): Promise<string> {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  return redis.url
}
