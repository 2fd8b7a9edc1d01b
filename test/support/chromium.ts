import { describe, vi } from 'vitest'
import { withoutChromium } from './launch.ts'

export { startChromium } from './launch.ts'

// on a machine that many share, a browser sometimes waits longer than any test does; CI lists the tests that ran twice
const retries: object = { retry: process.env.CI ? 1 : 0 }
vi.setConfig(retries)

/** `describe` where Chromium is installed. Elsewhere one line says what is skipped; under CI its tests run all the same, and fail. */
export const describeWithChromium = withoutChromium === null || process.env.CI ? describe : skipped(withoutChromium)

function skipped(reason: string): typeof describe.skip {
  console.warn(`${reason}: tests in a browser are skipped`)
  return describe.skip
}
