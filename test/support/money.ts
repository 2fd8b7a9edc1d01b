import { afterEach } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'

/** After each test of a file or `describe`, the books of its database must add up, to the micro-unit. */
export function checkMoneyAfterEach(database: () => Database): void {
  afterEach(async () => {
    const broken = await checkMoney(database())
    if (broken.length) throw new Error(JSON.stringify(broken))
  })
}
