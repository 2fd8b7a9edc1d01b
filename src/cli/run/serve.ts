import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { formerNamesIn, loadConfig, type Config } from '../../config.ts'
import { ConfigError } from '../../errors.ts'
import { createLog } from '../../log.ts'
import { withoutTrailing } from '../../lib/trailing.ts'
import { startServer, type Server } from '../../server.ts'
import { say, self } from '../print.ts'

const DRAIN_MS = 60_000

export async function serve(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLog(config)
  for (const notice of formerNamesIn(process.env)) log.warn(notice)
  const server = await startServer({ config, log })
  // without a file it means that the terminal was closed
  const reloads = reloadOnHangUp(server, config, log) ? ['SIGHUP' as const] : []
  closeWithGrace({ delay: DRAIN_MS + config.DRAIN_DELAY_MS, logger: false, skip: reloads }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after an uncaught error')
    else log.info({ signal }, 'stopping')
    await server.stop(signal === 'SIGTERM' ? config.DRAIN_DELAY_MS : 0)
    log.flush()
  })
  await greet(server, config)
}

/** Applies the configuration file again on SIGHUP; one that is wrong is logged, and changes nothing. Returns whether there is one. */
function reloadOnHangUp({ services: { configFile } }: Server, { CONFIG_FILE: path }: Config, log: Logger): boolean {
  if (path === undefined) return false
  process.on('SIGHUP', () => {
    configFile.apply(path).catch((error: unknown) => {
      if (error instanceof ConfigError) log.error({ file: path }, `configuration file not applied: ${error.message}`)
      else log.error({ err: error, file: path }, 'configuration file not applied')
    })
  })
  return true
}

/** Prints what a person needs first: the address, keys when there are none, and commands to paste. */
async function greet({ url, services: { keys, routing, sandbox, setup } }: Server, { ADMIN_KEY, PUBLIC_URL }: Config) {
  const base = withoutTrailing(PUBLIC_URL ?? url, '/')
  const token = await setup.renew()
  say(token === null ? `Console: ${base}/console` : `Set up the console: ${base}/console/setup?token=${token}`)
  say(`reelay listens on ${url}`)
  say(`Base URL for OpenAI's SDKs and programs: ${base}/openai/v1`)
  const models = await routing.names()
  if (sandbox)
    say('SANDBOX: no vendor account is needed. Models that no real channel serves return clearly marked test videos.')
  say(
    models.length
      ? `Models: ${models.join(', ')}`
      : `No channel serves a model yet. Add a vendor account: ${self} channels add`
  )

  // keys that expire do not count as the operator's
  const known = await keys.list({ limit: 1000 })
  const noKeys = known.length === (ADMIN_KEY === undefined ? 0 : 1)
  if (!known.some(({ role, disabled, expiresAt }) => role === 'admin' && !disabled && expiresAt === null)) {
    const { secret } = await keys.create({ name: 'first admin key', role: 'admin' })
    say(`\nAdmin key (shown once):  ${secret}`)
  } else if (noKeys) say()
  if (!noKeys) return
  const { secret } = await keys.create({ name: 'first member key' })
  say(`Member key (shown once): ${secret}`)
  const model = models.includes('kling-v1') ? 'kling-v1' : models.find(name => /^[\w.:/-]+$/.test(name))
  if (model !== undefined) say(`\nMake a video:\n${firstVideo(url, secret, model)}\n`)
}

function firstVideo(url: string, secret: string, model: string): string {
  const bearer = `-H "Authorization: Bearer ${secret}"`
  return `
  curl -s ${url}/v1/video/generations ${bearer} \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${model}", "prompt": "An astronaut walks on the moon", "size": "1920x1080", "duration": 5}' \\
    | tee video.json

  ID=$(sed -E 's/.*"id":"(video_[0-9a-f]+)".*/\\1/' video.json)

  until curl -s ${url}/v1/video/generations/$ID ${bearer} | tee video.json | grep -qE '"status":"(succeeded|failed)"'; do sleep 1; done; cat video.json; echo

  curl -s -o video.mp4 ${url}/v1/videos/$ID/content ${bearer} && ls -l video.mp4`
}
