import { expect } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer } from '../support/server.ts'

export const CREDENTIAL = 'fake-credential-canary'

export type Operator = Awaited<ReturnType<typeof startOperator>>

/** A server, a vendor whose videos run on, and an operator who remembers every answer and every line of the log. */
export async function startOperator() {
  const vendor = await startFakeCloudsway()
  vendor.onPoll = () => 'processing'
  const seen: string[] = []
  const server = await startTestServer({ onLog: line => seen.push(line) })

  return {
    vendor,
    server,
    seen,

    async admin(method: string, path: string, body?: unknown) {
      const answer = await server.call(method, `/admin${path}`, body)
      seen.push(JSON.stringify([answer.body, [...answer.headers]]))
      return answer
    },

    create: (model: string) => server.call('POST', '/v1/videos', { model, prompt: 'a cat' }),

    async close() {
      await server.close()
      await vendor.close()
    }
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
