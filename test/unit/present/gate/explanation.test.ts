/** Explanations as callers and terminals show them. */
import { expect, it } from 'vitest'
import { explanationJson } from '../../../../src/present/gate/explanation.ts'

it('the cause of an error is shown without credentials', () => {
  const cause = 'koji: POST https://alice:hunter2@koji.example.com/kojihub: connection failed'
  expect(explanationJson({ subjects: [], isComplete: true }, { cause })).toEqual({
    cause: 'koji: POST https://alice:***@koji.example.com/kojihub: connection failed',
    complete: true,
    subjects: [],
  })
})
