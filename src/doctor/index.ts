import type { Config } from '../config.ts'
import type { Check } from './check.ts'
import type { Probes } from './live.ts'
import { examine } from './stored.ts'

interface Dependencies {
  config: Config
  channels: { test: Probes['testChannel'] }
  testArchive: Probes['testArchive']
  now(): number
}

/** Returns what examines the installation of a running server. */
export const createDoctor =
  ({ config, channels, testArchive, now }: Dependencies) =>
  (): Promise<Check[]> =>
    examine({
      config,
      now: now(),
      openProbes: async () => ({ testChannel: channels.test, testArchive, close: async () => {} })
    })
