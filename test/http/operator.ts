import { expect } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

export const CREDENTIAL = 'fake-credential-canary'

/** For all tests of a file: a server, a vendor whose videos run on, and an operator who remembers every answer and every line of the log. */
export function operatorForAll() {
  const seen: string[] = []
  const vendor = forAllTests(() => startFakeCloudsway({ onPoll: () => 'processing' }))
  const server = forAllTests(() => startTestServer({ onLog: line => seen.push(line) }))

  return {
    vendor,
    server,
    seen,

    async admin(method: string, path: string, body?: unknown) {
      const answer = await server.call(method, `/admin${path}`, body)
      seen.push(JSON.stringify([answer.body, [...answer.headers]]))
      return answer
    },

    create: (model: string) => server.call('POST', '/v1/videos', { model, prompt: 'a cat' })
  }
}

/** A refusal in both shapes of the body. */
export const refusal = (param: string | null, code = 'invalid_request', status = 400) => ({
  status,
  body: { code, param, error: { code, param } }
})

export const unixSeconds = expect.toSatisfy(
  (time: unknown) => Number.isInteger(time) && (time as number) > 1.7e9 && (time as number) < 1e10
)
