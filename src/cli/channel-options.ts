import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { collect, collectModels, collectPairs, orNone, wholeNumber } from './arguments.ts'
import { usage } from './exit.ts'

/* The settings of a channel as options, for adding one and for changing one. */

export interface ChannelOptions {
  name?: string
  baseUrl?: string
  region?: string
  credential?: string
  credentialFile?: string
  field?: Record<string, string>
  option?: Record<string, string>
  model?: Record<string, string>
  removeModel?: string[]
  maxConcurrency?: number | 'none'
  submitsPerMinute?: number | 'none'
  priority?: number
  weight?: number
}

/** Adds the options. `changes`: the channel exists, so that limits and models can also be taken away. */
export function addChannelOptions(command: Command, { changes }: { changes: boolean }): Command {
  const none = changes ? '; none: without' : ''
  const count = changes ? orNone(wholeNumber(1, 1_000_000)) : wholeNumber(1, 1_000_000)
  command
    .option('--name <name>', changes ? 'its new name' : 'name of the channel (default: the vendor)')
    .option('--base-url <url>', "address of the vendor's API (default: its own)")
    .addOption(
      new Option('--region <region>', "the vendor's API in China or elsewhere, in place of --base-url")
        .choices(['cn', 'global'])
        .conflicts('baseUrl')
    )
    .option('--credential <text>', 'API key, or ACCESS|SECRET; better: --credential-file or REELAY_CREDENTIAL')
    .option('--credential-file <path>', 'file with the credential; - reads stdin')
    .option('--field <name=value>', 'a field of the credential (repeatable)', collectPairs)
    .option('--option <name=value>', 'an option of the vendor (repeatable)', collectPairs)
    .option('--model <public=upstream>', "a model to offer, and the vendor's name for it (repeatable)", collectModels)
  if (changes) command.option('--remove-model <public>', 'a model to offer no longer (repeatable)', collect)
  return command
    .option('--max-concurrency <n>', `tasks that run at the same time${none}`, count)
    .option('--submits-per-minute <n>', `submits per minute${none}`, count)
    .option('--priority <n>', 'higher is used first', wholeNumber(-1000, 1000))
    .option('--weight <n>', 'share among channels of the same priority', wholeNumber(0, 1000))
}

/** Returns the credential of the options; undefined: there is none. Throws a usage error. */
export function credentialOf({
  credential,
  credentialFile,
  field
}: ChannelOptions): string | Record<string, string> | undefined {
  const given = [credential, credentialFile, field].filter(one => one !== undefined)
  if (given.length > 1) throw usage('Use only one of --credential, --credential-file and --field.')
  if (credentialFile === undefined) return credential ?? field
  try {
    return readFileSync(credentialFile === '-' ? 0 : credentialFile, 'utf8').trim()
  } catch {
    throw usage(`--credential-file: ${credentialFile} cannot be read.`)
  }
}
