import type { Logger } from 'pino'
import type { AssetStore } from '../stores/assets.ts'
import type { MetaStore } from '../stores/meta.ts'

interface Dependencies {
  assets: Pick<AssetStore, 'reschedule'>
  meta: Pick<MetaStore, 'get' | 'set'>
  /** how long finished files stay in the archive, in milliseconds; null: forever */
  retentionMs(): number | null
  log: Logger
}

const DONE = 'retention_applied'
const CURSOR = 'retention_cursor'
const AT_ONCE = 500

/**
 * Gives files that are already archived the end that the present retention means for them, in batches that a restart continues. Files that
 * are archived later get it anyway.
 */
export function createRetention({ assets, meta, retentionMs, log }: Dependencies) {
  let running: Promise<void> | undefined
  let again: 'changed' | 'started' | undefined
  let isStopped = false

  async function apply(isChanged: boolean): Promise<void> {
    const wanted = String(retentionMs())
    const [applied, cursor] = await Promise.all([meta.get(DONE), meta.get(CURSOR)])
    // files of before this was remembered have the end that was meant for them
    if (applied === undefined && !isChanged) return meta.set(DONE, wanted)
    if (applied === wanted && !isChanged) return
    // a cursor of another length of time is of no use
    const [of, at] = (cursor ?? '').split(' ')
    let after = of === wanted ? (at ?? '') : ''
    for (let changed = 0; !isStopped;) {
      if (String(retentionMs()) !== wanted) return apply(true)
      const next = await assets.reschedule(after, retentionMs(), AT_ONCE)
      changed += next.count
      if (next.last === null) {
        await meta.set(CURSOR, '')
        await meta.set(DONE, wanted)
        if (changed) log.info({ files: changed, retentionMs: retentionMs() }, 'archive: retention applied to files')
        return
      }
      after = next.last
      await meta.set(CURSOR, `${wanted} ${after}`)
    }
  }

  return {
    /**
     * Applies the retention when it is another than the last time, or `changed`: another node may have archived files under the old one
     * meanwhile. Resolves when that is done. Never throws: the next start goes on.
     */
    async run(why: 'changed' | 'started'): Promise<void> {
      again = again === 'changed' ? again : why
      running ??= work().finally(() => (running = undefined))
      return running
    },

    /** Stops after the batch that is being written. */
    async stop(): Promise<void> {
      isStopped = true
      await running
    }
  }

  async function work(): Promise<void> {
    try {
      while (again && !isStopped) {
        const isChanged = again === 'changed'
        again = undefined
        await apply(isChanged)
      }
    } catch (error) {
      log.warn({ err: error }, 'archive: retention could not be applied to all files')
    }
  }
}
