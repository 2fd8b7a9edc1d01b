import { loadConfig, type Config } from '../../config.ts'
import { readAddress } from '../../lib/address-file.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import { isAlive } from '../../doctor/alive.ts'
import { say } from '../print.ts'

export async function healthcheck(): Promise<void> {
  const config = loadConfig(process.env)
  const url = readAddress(config.DATA_DIR) ?? addressFrom(config)
  if (!(await isAlive(url))) throw new CommandFailure(exitCodes.failed, `${url} does not answer.`)
  say(`${url} answers.`)
}

// a server that listens on all addresses is called on the loopback
function addressFrom({ HOST, PORT }: Config): string {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '::1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`
}
