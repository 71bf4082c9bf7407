import { describe, expect, it } from 'vitest'
import type { StreamChange, StreamFilter } from '../../../../src/domain/streams/change.ts'
import { createWaitingStreams } from '../../../../src/domain/streams/waiting.ts'

const change = (...keys: string[]): StreamChange => ({
  position: 1,
  kind: 'build.state.changed',
  groups: keys,
  frame: new Uint8Array(),
})
const inGroups = (...groups: string[]): StreamFilter => ({ groups, accepts: () => true })

describe('streams that wait', () => {
  it('are found by the groups of a change, each once', () => {
    const waiting = createWaitingStreams<string>()
    waiting.add(inGroups('a', 'b'), 'first')
    waiting.add(inGroups('b'), 'second')
    waiting.add(inGroups('c'), 'third')
    expect([...waiting.streamsFor([change('a'), change('b')])]).toEqual(['first', 'second'])
    expect([...waiting.streamsFor([change('d')])]).toEqual([])
  })

  it('are not looked at for changes of other groups', () => {
    const waiting = createWaitingStreams<number>()
    let looks = 0
    const accepts = () => {
      looks += 1
      return true
    }
    for (let n = 0; n < 1000; n += 1) waiting.add({ groups: [`group ${n}`], accepts }, n)
    expect([...waiting.streamsFor([change('group 7')])]).toEqual([7])
    expect(looks).toBe(1)
  })

  it('are not found when their filter refuses the change, or when they were removed', () => {
    const waiting = createWaitingStreams<string>()
    const filter = inGroups('a', 'b')
    waiting.add(filter, 'first')
    waiting.add({ groups: ['a'], accepts: () => false }, 'second')
    expect([...waiting.streamsFor([change('a')])]).toEqual(['first'])
    waiting.add(inGroups('b'), 'third')
    waiting.remove(filter, 'first')
    expect([...waiting.streamsFor([change('a'), change('b')])]).toEqual(['third'])
    waiting.remove(inGroups('b', 'c'), 'third')
    expect([...waiting.streamsFor([change('a'), change('b')])]).toEqual([])
  })
})
