import { describe, expect, it } from 'vitest'
import type { Change, Filter } from '../../../../src/domain/streams/change.ts'
import { createWaiting } from '../../../../src/domain/streams/waiting.ts'

const change = (...keys: string[]): Change => ({
  position: 1,
  kind: 'build.state.changed',
  keys,
  frame: new Uint8Array(),
})
const under = (...keys: string[]): Filter => ({ under: keys, accepts: () => true })

describe('streams that wait', () => {
  it('are found by the groups of a change, each once', () => {
    const waiting = createWaiting<string>()
    waiting.add(under('a', 'b'), 'first')
    waiting.add(under('b'), 'second')
    waiting.add(under('c'), 'third')
    expect([...waiting.concerned([change('a'), change('b')])]).toEqual(['first', 'second'])
    expect([...waiting.concerned([change('d')])]).toEqual([])
  })

  it('are not looked at for changes of other groups', () => {
    const waiting = createWaiting<number>()
    let looks = 0
    const accepts = () => {
      looks += 1
      return true
    }
    for (let n = 0; n < 1000; n += 1) waiting.add({ under: [`group ${n}`], accepts }, n)
    expect([...waiting.concerned([change('group 7')])]).toEqual([7])
    expect(looks).toBe(1)
  })

  it('are not found when their filter refuses the change, or when they were removed', () => {
    const waiting = createWaiting<string>()
    const filter = under('a', 'b')
    waiting.add(filter, 'first')
    waiting.add({ under: ['a'], accepts: () => false }, 'second')
    expect([...waiting.concerned([change('a')])]).toEqual(['first'])
    waiting.remove(filter, 'first')
    expect([...waiting.concerned([change('a'), change('b')])]).toEqual([])
  })
})
