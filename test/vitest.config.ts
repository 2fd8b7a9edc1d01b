import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

// hundreds of small files, for each of which Node reads a package.json of 180 kB: as one file they load in a tenth of the time
const drizzle = ['', '/node-postgres', '/pg-core', '/sqlite-core', '/sqlite-proxy'].map(path => `drizzle-orm${path}`)

// what they test keeps nothing from one call to the next: their files share a process and what it has loaded
const pure = ['files', 'lib', 'sandbox', 'upstream', 'vendors'].map(room => `test/${room}/**/*.test.ts`)

/** Files that run alike. A campaign's hooks may take longer than any test's. */
export const project = (name: string, files: { include: string[]; exclude?: string[]; isolate: boolean }) =>
  ({
    test: {
      name,
      ...files,
      setupFiles: ['test/support/answers.ts', 'test/support/plugin-names.ts'],
      deps: { optimizer: { ssr: { enabled: true, include: drizzle, exclude: ['pg'] } } },
      // a machine that many share may be ten times slower than it is
      testTimeout: 60_000,
      hookTimeout: Number(process.env.HOOK_TIMEOUT ?? 60_000)
    }
  }) satisfies TestProjectInlineConfiguration

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      // the long ones come first
      project('alone', { include: ['test/**/*.test.ts'], exclude: pure, isolate: true }),
      project('together', { include: pure, isolate: false })
    ],
    globalSetup: ['test/support/workers.ts', 'test/support/postgres.ts'],
    // most of them wait: for a disk, a database, a lease
    maxWorkers: 3
  }
})
