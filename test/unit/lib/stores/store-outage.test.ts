/** Errors of a store that is away, full or read-only: a caller may repeat, and no work is given up for them. */
import { expect, it } from 'vitest'
import { isTransient } from '../../../../src/lib/errors.ts'
import { storeOutage } from '../../../../src/lib/stores/store-outage.ts'

const withCode = (code: string) => Object.assign(new Error('as the server says'), { code })

it.each([
  [withCode('ECONNREFUSED'), 'The database cannot be reached.'],
  [withCode('53300'), 'The database cannot be reached.'],
  [withCode('57P01'), 'The database cannot be reached.'],
  [withCode('25006'), 'The database is read-only.'],
  [withCode('53100'), 'The database is read-only.'],
  [withCode('40001'), 'The database is busy.'],
  [withCode('40P01'), 'The database is busy.'],
  [withCode('55P03'), 'The database is busy.'],
  [withCode('57014'), 'The database is busy.'],
  [new Error('LOADING Redis is loading the dataset in memory'), 'The queue store cannot be reached.'],
  [new Error('BUSY Redis is busy running a script.'), 'The queue store cannot be reached.'],
  [new Error("OOM command not allowed when used memory > 'maxmemory'."), 'The queue store accepts no jobs.'],
  [new Error('MISCONF Redis is configured to save RDB snapshots'), 'The queue store accepts no jobs.'],
  [new Error("READONLY You can't write against a read only replica."), 'The queue store accepts no jobs.'],
])('%s', (error, sentence) => {
  expect(storeOutage(error)).toBe(sentence)
  expect(isTransient(error)).toBe(true)
})

it('the error 58030 may pass, but is not an outage', () => {
  expect(storeOutage(withCode('58030'))).toBeUndefined()
  expect(isTransient(withCode('58030'))).toBe(true)
})

it.each(['23505', '22003', '42P01', '404', '40', ''])('%s stays', (code) => {
  expect(storeOutage(withCode(code))).toBeUndefined()
  expect(isTransient(withCode(code))).toBe(false)
})
