import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Channel } from '../db/index.ts'
import type { Vault } from '../lib/vault.ts'
import type { ChannelStore } from '../stores/channels.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import type { SharedState } from './operations.ts'
import { startSandbox, type Sandbox } from './server.ts'

/** The id of the built-in channel, which stays the same so that tasks find it after a restart. */
export const SANDBOX_CHANNEL = 'chan_sandbox'

/** Its address in rows and links, the same on every node: each node reaches its own sandbox by it (`upstream/guard.ts`). RFC 2606 reserves the name. */
export const SANDBOX_ORIGIN = 'http://sandbox.invalid'

/** The models in the examples of the API documents. One more, `sandbox`, is this vendor's alone, so it never costs anything. */
const models = ['kling-v1', 'kling-v2-master', 'jimeng_vgfm_t2v_l20', 'jimeng_vgfm_i2v_l20', 'viduq1', 'sora-2']

interface Dependencies {
  config: { SANDBOX: 'auto' | 'on' | 'off'; DATA_DIR: string }
  store: ChannelStore
  vault: Vault
  /** where the nodes of one database find each other's operations; null: this is the only one, and its folder keeps them */
  shared: SharedState | null
  now(): number
  log: Logger
}

/** Starts the sandbox vendor, and creates or enables its channel. Off: returns null and disables the channel. */
export async function openSandbox({
  config: { SANDBOX: mode, DATA_DIR: dataDir },
  store,
  vault,
  shared,
  now,
  log
}: Dependencies): Promise<Sandbox | null> {
  if (mode === 'off') {
    await store.update(SANDBOX_CHANNEL, { disabled: true })
    return null
  }
  const sandbox = await startSandbox({
    now,
    log,
    credential: vault.hashKey(SANDBOX_CHANNEL),
    origin: SANDBOX_ORIGIN,
    ...(shared ? { shared } : { stateFile: join(dataDir, 'sandbox.jsonl') })
  })
  const current = {
    baseUrl: SANDBOX_ORIGIN,
    credential: vault.encrypt(JSON.stringify({ api_key: sandbox.credential }), credentialContext(SANDBOX_CHANNEL)),
    options: { endpoint_path: sandbox.endpointPath, sandbox: true },
    models: { ...Object.fromEntries(models.map(model => [model, model])), sandbox: 'kling-v2-master' },
    disabled: false,
    health: { state: 'ok' }
  } satisfies Partial<Channel>
  const known = await store.update(SANDBOX_CHANNEL, current)
  if (!known) {
    await store.insert({
      id: SANDBOX_CHANNEL,
      name: 'sandbox',
      vendor: 'cloudsway',
      maxConcurrency: null,
      submitsPerMinute: null,
      priority: -1000,
      weight: 1,
      builtIn: true,
      inFlight: 0,
      learnedLimit: null,
      nextSubmitAt: 0,
      probeAt: null,
      createdAt: now(),
      deletedAt: null,
      ...current
    })
  }
  return sandbox
}
