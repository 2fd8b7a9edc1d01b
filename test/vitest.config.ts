import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

// hundreds of small files, for each of which Node reads a package.json of 180 kB: as one file they load in a tenth of the time
const drizzle = ['', '/node-postgres', '/pg-core', '/sqlite-core', '/sqlite-proxy'].map(path => `drizzle-orm${path}`)

// what looks at its whole process (its memory, its signals, its standard streams), replaces parts of it, or is a campaign; all others share
// processes, and with them what is loaded and compiled there: that takes a third of the time
const apart = [
  '*',
  '{assets,backup,bench,campaign,cli,redis}/**/*',
  'flow/{describe-once,kill,rolling-upgrade,shutdown,tracing,two-processes,write-ahead}',
  'money/{nodes,over-http}',
  'clients/{images,openai-errors}',
  'stores/plans',
  'mcp/stdio',
  'webhooks/{answers,kill}'
].map(name => `test/${name}.test.ts`)

/** Files that run alike. A campaign's hooks may take longer than any test's. */
export const project = (name: string, files: { include: string[]; exclude?: string[]; isolate: boolean }) =>
  ({
    test: {
      name,
      ...files,
      setupFiles: ['test/support/answers.ts', 'test/support/worker.ts'],
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
      project('alone', { include: apart, isolate: true }),
      project('together', { include: ['test/**/*.test.ts'], exclude: apart, isolate: false })
    ],
    globalSetup: ['test/support/workers.ts', 'test/support/postgres.ts'],
    // most of them wait: for a disk, a database, a lease
    maxWorkers: 3
  }
})
