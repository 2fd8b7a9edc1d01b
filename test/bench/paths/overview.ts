import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Browser } from 'playwright-core'
import { startChromium, withoutChromium } from '../../support/launch.ts'
import { ADMIN_KEY, finished, makeTask, seed, serve, startGateway } from '../gateway.ts'
import { cpuOf } from '../machine.ts'
import { median, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const TASKS = 100_000
const WEEK_MS = 7 * 24 * 3_600_000
const MOST_MS = 1000

/** O: the console's Overview in a browser that never saw it, with many tasks in the database. */
export async function overview({ vendor, quick }: Context): Promise<Row[]> {
  if (withoutChromium !== null) {
    console.warn(`${withoutChromium}: path O is left out`)
    return []
  }
  const gateway = await startGateway(vendor.url)
  const template = await makeTask(gateway)
  await gateway.stop()
  fill(gateway.folder, template, vendor.url)
  const server = await serve(gateway.folder)
  const browser = await startChromium()
  const cookies = await signIn(browser, server.url)
  const visits: Visit[] = []
  // warms the server, and is not counted
  await visit(browser, server.url, cookies)
  const before = cpuOf(server.pid)
  for (let number = 0; number < (quick ? 5 : 15); number++) visits.push(await visit(browser, server.url, cookies))
  const cpu = (cpuOf(server.pid) - before) / visits.length / 1000
  await browser.close()
  await server.stop()

  const row = (name: string, times: number[]): Row => ({
    name: `O ${name}, ${TASKS} tasks (lower is better)`,
    anchor: `${MOST_MS} ms`,
    rate: round(median(times) / MOST_MS),
    goal: 1,
    met: median(times) < MOST_MS,
    detail: `${Math.round(median(times))} ms [${Math.round(Math.min(...times))}–${Math.round(Math.max(...times))}], ${round(cpu)} ms of the server's CPU`
  })
  return [
    row(
      'first paint of the overview',
      visits.map(({ painted }) => painted)
    ),
    row(
      'its numbers on the screen',
      visits.map(({ numbers }) => numbers)
    )
  ]
}

/** Ended tasks of a week, one of twenty failed, each with its money. */
function fill(folder: string, template: string, vendor: string) {
  const began = Date.now() - WEEK_MS
  const done = finished(vendor)
  seed(folder, template, {
    count: TASKS,
    row: index => {
      const at = began + Math.floor((index / TASKS) * WEEK_MS)
      const failed = index % 20 === 0
      return {
        ...done(index),
        ...(failed && { status: 'failed', result: null, error_code: 'generation_failed', vendor_code: '1301' }),
        charged: failed ? 0 : 500_000,
        currency: 'USD',
        created_at: at,
        started_at: at,
        finished_at: at + 60_000 + (index % 600) * 100
      }
    }
  })
  const database = new Sqlite(join(folder, 'reelay.db'))
  database.exec(
    `insert into ledger (id, task_id, key_id, kind, from_account, to_account, amount, currency, created_at)
     select 'le_' || id, id, key_id, 'capture', 'held', 'spent', charged, currency, finished_at from tasks where charged > 0`
  )
  database.close()
}

async function signIn(browser: Browser, url: string) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/console/sign-in`)
  const status = await page.evaluate(
    async key =>
      (
        await fetch('/console/api/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-reelay-console': '1' },
          body: JSON.stringify({ key })
        })
      ).status,
    ADMIN_KEY
  )
  if (status !== 201) throw new Error(`signing in: ${status}`)
  const { cookies } = await context.storageState()
  await context.close()
  return cookies
}

type Cookies = Awaited<ReturnType<typeof signIn>>

interface Visit {
  /** milliseconds from the navigation to the first contentful paint */
  painted: number
  /** … to the frame that shows how many videos were made */
  numbers: number
}

/** Opens the page with nothing in its cache. */
async function visit(browser: Browser, url: string, cookies: Cookies): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' })
  await context.addCookies(cookies)
  const page = await context.newPage()
  await page.addInitScript({ content: watch })
  await page.goto(`${url}/console`, { waitUntil: 'commit' })
  const shown = await page.waitForFunction(() => Reflect.get(globalThis, 'shown') as number | undefined) // what `watch` writes
  const numbers = (await shown.jsonValue())!
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]!.startTime)
  await context.close()
  return { painted, numbers }
}

/** Runs in the page: notes when the number of videos was painted, a task after the frame that shows it. */
const watch = `
  const observer = new MutationObserver(() => {
    if (!/Videos made[\\d,]*[1-9]/.test(document.querySelector('main')?.textContent ?? '')) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => (globalThis.shown = performance.now())))
  })
  observer.observe(document, { childList: true, subtree: true, characterData: true })
`
