import { defineConfig } from 'vitest/config'

// hundreds of small files, for each of which Node reads a package.json of 180 kB: as one file they load in a tenth of the time
const drizzle = ['', '/node-postgres', '/pg-core', '/sqlite-core', '/sqlite-proxy'].map(path => `drizzle-orm${path}`)

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/workers.ts', 'test/support/postgres.ts'],
    setupFiles: ['test/support/answers.ts'],
    deps: { optimizer: { ssr: { enabled: true, include: drizzle, exclude: ['pg'] } } },
    // a machine that many share may be ten times slower than it is
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // most of them wait: for a disk, a database, a lease
    maxWorkers: 3
  }
})
