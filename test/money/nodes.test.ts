import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { freshUrl } from '../support/database.ts'
import { seededStores } from '../support/rows.ts'

const NODES = 3
// M2=10000 is the whole campaign
const CREATES = Number(process.env.M2 ?? 150)

describe('a budget for one video, spent by three processes at once on Postgres', () => {
  test(`of ${CREATES} concurrent creates exactly one is accepted`, async () => {
    const { url, close } = await freshUrl('postgres')
    const database = await openDatabase(url)
    await database.migrate()
    await seededStores(database, {
      key: { budget: { amount: '1.00', currency: 'USD', window: 'daily', timezone: 'Asia/Shanghai' } }
    })
    const nodes = await Promise.all(
      Array.from({ length: NODES }, (_, n) => startNode(url, `n${n}`, Math.ceil(CREATES / NODES)))
    )
    for (const node of nodes) node.go()
    const outcomes = await Promise.all(nodes.map(node => node.outcome))

    const sum = (name: 'accepted' | 'refused') => outcomes.reduce((all, outcome) => all + outcome[name], 0)
    expect(sum('accepted')).toBe(1)
    expect(sum('refused')).toBe(Math.ceil(CREATES / NODES) * NODES - 1)
    expect(await database.db.select().from(database.tasks)).toHaveLength(1)
    expect(await database.db.select().from(database.ledger)).toHaveLength(1)
    expect(await checkMoney(database)).toEqual([])
    await database.close()
    await close()
  }, 300_000)
})

async function startNode(url: string, name: string, count: number) {
  const script = join(import.meta.dirname, 'spender.ts')
  const child = spawn(process.execPath, [script, url, name, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  expect((await lines.next()).value).toBe('ready')
  return {
    go: () => child.stdin.write('go\n'),
    outcome: lines.next().then(async ({ value }) => {
      await exited
      return JSON.parse(String(value)) as { accepted: number; refused: number } // spender.ts writes it so
    })
  }
}
