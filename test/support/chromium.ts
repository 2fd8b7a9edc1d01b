import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { describe } from 'vitest'

const EXECUTABLE = '/usr/bin/chromium'

/** A real Chromium without a window. Close it when done. */
export const startChromium = () =>
  chromium.launch({
    executablePath: EXECUTABLE,
    // a container's root has no user namespaces, and its /dev/shm is often small
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required']
  })

/** `describe` where Chromium is installed. Elsewhere one line says what is skipped; under CI its tests run all the same, and fail. */
export const describeWithChromium = existsSync(EXECUTABLE) || process.env.CI ? describe : skipped()

function skipped() {
  console.warn(`${EXECUTABLE} is not installed (apt-get install chromium): tests in a browser are skipped`)
  return describe.skip
}
