import { expect, test } from 'vitest'
import { rejected } from '../../src/vendors/shared/http-failure.ts'

const answer = (status: number) => ({ status, headers: {}, body: '' })

test.each([
  ['a 404 without a code: the address is wrong', 404, { kind: 'not_found', message: 'x' }, { kind: 'misconfigured' }],
  [
    'a 404 with a code: what the code says',
    404,
    { kind: 'not_found', message: 'x', code: 'E1' },
    { kind: 'not_found' }
  ],
  ['a 400', 400, { kind: 'invalid_request', message: 'x' }, { kind: 'invalid_request' }]
] as const)('%s, for sure', (_title, status, failure, expected) => {
  const outcome = rejected(answer(status), failure)
  expect(outcome).toMatchObject({ status: 'rejected', failure: expected })
  expect(outcome).not.toHaveProperty('outcomeUnknown')
})

test.each([200, 202, 302, 500, 503, 529])('HTTP %i without sense may be a job all the same', status => {
  expect(rejected(answer(status), { kind: 'unknown', message: 'x' })).toMatchObject({ outcomeUnknown: true })
})
