import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { describe, vi } from 'vitest'

// the shell has no window to draw: a page takes half as long as in the whole browser
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(path => existsSync(path)) ??
  '/usr/bin/chromium'

/** A real Chromium without a window. Close it when done. */
export const startChromium = () =>
  chromium.launch({
    executablePath,
    // a container's root has no user namespaces, and its /dev/shm is often small
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required']
  })

// on a machine that many share, a browser sometimes waits longer than any test does; CI lists the tests that ran twice
const retries: object = { retry: process.env.CI ? 1 : 0 }
vi.setConfig(retries)

/** `describe` where Chromium is installed. Elsewhere one line says what is skipped; under CI its tests run all the same, and fail. */
export const describeWithChromium = existsSync(executablePath) || process.env.CI ? describe : skipped()

function skipped(): typeof describe.skip {
  console.warn(`${executablePath} is not installed (apt-get install chromium): tests in a browser are skipped`)
  return describe.skip
}
