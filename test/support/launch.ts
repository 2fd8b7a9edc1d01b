import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

// the shell has no window to draw: a page takes half as long as in the whole browser
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(path => existsSync(path)) ??
  '/usr/bin/chromium'

/** Says in one line where it is not. */
export const withoutChromium = existsSync(executablePath)
  ? null
  : `${executablePath} is not installed (apt-get install chromium)`

/** A real Chromium without a window. Close it when done. */
export const startChromium = () =>
  chromium.launch({
    executablePath,
    // a container's root has no user namespaces, and its /dev/shm is often small
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required']
  })
