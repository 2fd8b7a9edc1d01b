#!/usr/bin/env node
/* The entry. On an older Node it says so in one line before anything native is loaded. */

import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

// the first with argon2 in node:crypto
const NEEDED = '24.7'
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const [neededMajor = 0, neededMinor = 0] = NEEDED.split('.').map(Number)

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `reelay needs Node ${NEEDED} or newer; this is ${process.versions.node}. In a clone, npm start and npm test bring their own.\n`
  )
  process.exitCode = 78
} else {
  // half of a start is compiling: the result is kept beside the bundle, where that may be written (measured: 1.5 times faster)
  module.enableCompileCache(fileURLToPath(new URL('../dist/cache', import.meta.url)))
  const { runCli } = await import('./cli/index.ts')
  process.exitCode = await runCli(process.argv)
}
