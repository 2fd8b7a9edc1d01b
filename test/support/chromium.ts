import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { describe, onTestFinished } from 'vitest'
import { startChromium, withoutChromium } from './launch.ts'

// on a machine that many share, a browser sometimes waits longer than any test does; CI lists the tests that ran twice
const retries = { retry: process.env.CI ? 1 : 0 }

/** `describe` where Chromium is installed. Elsewhere one line says what is skipped; under CI its tests run all the same, and fail. */
export const describeWithChromium = (name: string, tests: () => void) =>
  (withoutChromium === null || process.env.CI ? describe : skipped(withoutChromium))(name, retries, tests)

function skipped(reason: string): typeof describe.skip {
  console.warn(`${reason}: tests in a browser are skipped`)
  return describe.skip
}

let running: Browser | undefined

/** Opens a tab of a new person, who leaves with the test: nothing is signed in or remembered. The Chromium is that of the worker, and ends with it. */
export async function openTab(options: BrowserContextOptions = {}): Promise<Page> {
  if (!running?.isConnected()) running = await startChromium()
  const context = await running.newContext(options)
  onTestFinished(() => context.close())
  return context.newPage()
}
