import { pino } from 'pino'
import { expect, test } from 'vitest'
import { watchExchange, type Watcher } from '../../src/tasks/watched-exchange.ts'
import { vendors } from '../../src/vendors/index.ts'

/* Whoever watches calls to vendors sees all of them, and can break none: an accepted submit whose answer is lost is paid for twice. */

const answer = { status: 200, headers: {}, body: '{}' }
const config = { credential: {}, baseUrl: 'https://vendor.example', options: {} }
const request = { method: 'POST', path: '/videos', headers: { a: '1' }, body: { json: {} } } as const

function watched(watchers: Watcher[], fails = false) {
  const lines: string[] = []
  const sent: unknown[] = []
  const call = async (_vendor: unknown, _config: unknown, given: unknown) => {
    sent.push(given)
    if (fails) throw new Error('the line is cut')
    return answer
  }
  // true because only these two are called here
  const exchange = { submit: call, ask: call } as unknown as Parameters<typeof watchExchange>[0]['exchange']
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const { submit } = watchExchange({ exchange, watchers, log })
  return { submit: () => submit(vendors.kling!, config, request), lines, sent }
}

const broken = () => {
  throw new Error('a watcher broke')
}

test.each<[string, Watcher]>([
  ['before the call', { call: broken }],
  ['after it', { call: () => ({ answered: broken, failed: broken }) }]
])('a watcher that breaks %s is logged, and changes nothing', async (_title, watcher) => {
  const accepted = watched([watcher])
  expect(await accepted.submit()).toBe(answer)
  expect(accepted.lines).toHaveLength(1)
  expect(accepted.lines[0]).toContain('a watcher broke')
  await expect(watched([watcher], true).submit()).rejects.toThrow('the line is cut')
})

test('each is told how the call ended; the headers of all are sent', async () => {
  const told: string[] = []
  const watcher = (name: string): Watcher => ({
    call: ({ operation }) => ({
      headers: { [name]: operation },
      answered: ({ status }) => told.push(`${name} ${status}`),
      failed: error => told.push(`${name} ${String(error)}`)
    })
  })
  const { submit, sent } = watched([watcher('x'), { call: () => undefined }, watcher('y')])
  await submit()
  expect(sent).toEqual([{ ...request, headers: { a: '1', x: 'submit', y: 'submit' } }])
  await expect(watched([watcher('z')], true).submit()).rejects.toThrow()
  expect(told).toEqual(['x 200', 'y 200', 'z Error: the line is cut'])
})
