import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Key } from '../../src/db/index.ts'
import type { Services } from '../../src/services/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { createInvariants } from '../../src/stores/audit-slots.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { cloudswayAnswer, cloudswayChannel, cloudswayVideo, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

/* R13: a task that is in flight whenever the process crashes is quarantined; others, in flight at some of the crashes, are not. */

const LEASE = 30_001
const TASKS = 12

const poison = (id: string) => id === 'poison'
const all = () => true
const nobody = () => false

describe.each(kinds)('R13 on %s', kind => {
  const folder = forEachTest(() => makeFolder('poison'))
  const fresh = forEachTest(() => freshUrl(kind))
  let now = Date.UTC(2026, 0, 1)
  let kills: (id: string) => boolean
  let breaks: (id: string) => boolean
  let hang = () => {}
  let word = 'succeed'
  let asked: string[] = []

  beforeEach(() => {
    word = 'succeed'
    kills = breaks = nobody
    asked = []
  })

  /** A process whose requests about the poison never come back: as good as dead, once it is closed. */
  const start = (secret: string): Promise<Services> =>
    openNode({
      folder: folder.path,
      env: { DATABASE_URL: fresh.url, SECRET_KEY: secret },
      now: () => now,
      exchange: {
        submit: async (_vendor, _config, { body }) => {
          const { prompt } = (body as { json: { prompt: string } }).json // what Cloudsway's adapter wrote
          return cloudswayAnswer(prompt.replace(' ', '-'), 'submitted')
        },
        ask: async (_vendor, _config, { path }) => {
          const id = path.split('/').at(-1)!
          asked.push(id)
          if (breaks(id)) throw new Error('a bug')
          if (kills(id)) {
            // all of a round hang before anybody dies of it
            if (id === 'poison') hang()
            return new Promise<never>(() => {})
          }
          return cloudswayAnswer(id, word, cloudswayVideo)
        }
      }
    })

  async function setUp(services: Services): Promise<{ key: Key; ids: string[] }> {
    await services.channels.create(cloudswayChannel({ name: 'c' }))
    await services.models.put('kling-v1', { prices: [{ unit: 'video', amount: '0.10', currency: 'USD' }] })
    const { key } = await services.keys.create({ name: 'k' })
    const ids: string[] = []
    for (let n = 0; n < TASKS; n++) {
      // the poison is due first
      now += 10
      const prompt = n === 0 ? 'poison' : `task ${n}`
      ids.push((await services.tasks.create(key, { model: 'kling-v1', prompt }, { warnings: [] })).task.id)
    }
    return { key, ids }
  }

  /** One life of a process: it works off what is due, or hangs on something until it is killed. */
  async function live(services: Services): Promise<void> {
    const hung = new Promise<number>(resolve => (hang = () => resolve(0)))
    const work = () => services.worker.tick().catch(() => 0) // it is killed with work in hand
    while ((await Promise.race([work(), hung])) > 0);
    await services.database.close()
  }

  test('a poison task is quarantined at its third crash alone; tasks in flight with it are not, and its hold awaits a decision', async () => {
    const secret = randomBytes(32).toString('base64')
    let services = await start(secret)
    const { key, ids } = await setUp(services)
    now += 60_000
    // everybody is in hand at the first two crashCount; then the poison is alone
    for (let death = 1; death <= 5; death++) {
      kills = all
      await live(services)
      services = await start(secret)
      now += LEASE
    }
    kills = poison
    for (let round = 0; round < TASKS + 1; round++) {
      await services.worker.tick()
      now += 2000
    }
    const tasks = await Promise.all(ids.map(id => services.tasks.get(key, id)))
    expect(tasks.map(({ status, errorCode }) => errorCode ?? status)).toEqual(
      ids.map((_, n) => (n === 0 ? 'internal_quarantined' : 'completed'))
    )
    expect(asked.filter(id => id === 'poison')).toHaveLength(5)
    expect(await moneyOf(services)).toEqual({ broken: [], undecided: 1 })

    // the operator has mended what it died of
    kills = nobody
    await services.unresolved.resolve(ids[0]!, { outcome: 'found' })
    await services.worker.tick()
    expect(await services.tasks.get(key, ids[0]!)).toMatchObject({ status: 'completed', crashCount: 0 })
    expect(await moneyOf(services)).toEqual({ broken: [], undecided: 0 })
    await services.close()
  })

  test('a process that crashes soon after every start does so for another reason: no task is quarantined for it', async () => {
    const secret = randomBytes(32).toString('base64')
    let services = await start(secret)
    const { key, ids } = await setUp(services)
    now += 60_000
    kills = all
    for (let death = 1; death <= 8; death++) {
      await live(services)
      now += LEASE
      services = await start(secret)
    }
    // everybody was in hand at two of them
    expect(asked).toHaveLength(2 * TASKS)
    kills = nobody
    now += 20_000
    for (let round = 0; round < TASKS + 1; round++) {
      await services.worker.tick()
      now += 2000
    }
    const tasks = await Promise.all(ids.map(id => services.tasks.get(key, id)))
    expect(tasks.map(({ status }) => status)).toEqual(ids.map(() => 'completed'))
    await services.close()
  })

  test('a step that fails is no crash, however often', async () => {
    const services = await start(randomBytes(32).toString('base64'))
    const { key, ids } = await setUp(services)
    now += 60_000
    breaks = poison
    for (let round = 0; round < 8; round++) {
      await services.worker.tick()
      // it is tried less and less often
      now += 10 * LEASE
    }
    expect(asked.filter(id => id === 'poison')).toHaveLength(8)
    breaks = nobody
    await services.worker.tick()
    expect(await services.tasks.get(key, ids[0]!)).toMatchObject({ status: 'completed' })
    await services.close()
  })

  test('crashes that are not in a row are forgiven', async () => {
    const secret = randomBytes(32).toString('base64')
    let services = await start(secret)
    const { key, ids } = await setUp(services)
    now += 60_000
    word = 'processing'
    for (const dies of [poison, poison, poison, poison, nobody, poison, poison]) {
      kills = dies
      await live(services)
      services = await start(secret)
      now += LEASE
    }
    kills = nobody
    word = 'succeed'
    for (let round = 0; round < 2 * TASKS; round++) {
      await services.worker.tick()
      now += LEASE
    }
    expect(await services.tasks.get(key, ids[0]!)).toMatchObject({ status: 'completed' })
    await services.close()
  })
})

async function moneyOf({ database }: Services) {
  return { broken: await checkMoney(database), undecided: await createInvariants(database).undecidedHolds() }
}
