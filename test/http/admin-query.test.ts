import { expect, test } from 'vitest'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { refusal } from './operator.ts'
import { routesOf } from './routes.ts'

const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'on' } }))

test('no admin route ignores a query parameter that it does not know', async () => {
  const routes = routesOf(server.app).filter(({ path, method }) => path.startsWith('/admin') && method !== 'HEAD')
  expect(routes.length).toBeGreaterThan(25)
  for (const { method, path } of routes) {
    const url = `${path.replaceAll(/:\w+/g, 'x')}?colour=red`
    const answer = await server.call(method, url, method === 'GET' ? undefined : {})
    expect(answer, `${method} ${url}`).toMatchObject(refusal('colour'))
  }
})

test('parameters that a route has are taken', async () => {
  for (const query of [
    '/keys?limit=1',
    '/channels?limit=1',
    '/models?limit=1',
    '/ledger?order=asc',
    '/webhook_deliveries?status=failed',
    '/usage?from=2026-01-01'
  ])
    expect((await server.call('GET', `/admin${query}`)).status, query).toBe(200)
})

test('short lists are paged, too', async () => {
  const names = async (query: string) => {
    const { body } = await server.call('GET', `/admin/models${query}`)
    return [body.data.map(({ id }: { id: string }) => id), body.has_more]
  }
  const [all] = await names('')
  expect(all.length).toBeGreaterThan(3)
  expect(await names('?limit=2')).toEqual([all.slice(0, 2), true])
  expect(await names(`?limit=2&after=${all[1]}`)).toEqual([all.slice(2, 4), true])
  expect(await names(`?after=${all.at(-2)}`)).toEqual([all.slice(-1), false])
  expect(await names('?after=gone')).toEqual([[], false])
})
