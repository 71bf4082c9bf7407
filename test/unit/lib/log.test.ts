import { expect, it } from 'vitest'
import { withoutCredentials } from '../../../src/lib/log.ts'

it.each([
  ['https://host/?token=abc&page=2', 'https://host/?token=***&page=2'],
  ['https://host/?page=2&client_secret=a=b', 'https://host/?page=2&client_secret=***'],
  ['see https://host/?a=1?passwd=abc now', 'see https://host/?a=1?passwd=*** now'],
  ['https://host/?token=', 'https://host/?token='],
  ['the token=abc of a text', 'the token=abc of a text'],
  ['a=b?token=abc', 'a=b?token=***'],
  ['https://abc@host/', 'https://***@host/'],
  ['amqps://user:a@b@host/', 'amqps://user:***@host/'],
])('credentials in %j are masked: %j', (text, masked) => {
  expect(withoutCredentials(text)).toBe(masked)
})
