import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    // a machine that many share may be ten times slower than it is
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // most of them wait: for a disk, a database, a lease
    maxWorkers: 3
  }
})
