import { readFileSync } from 'node:fs'
import { loadClientConfig } from '../../config.ts'
import { usage } from '../exit.ts'

const SHORTEST = 8

/** Returns the passphrase of --passphrase-file or REELAY_PASSPHRASE; undefined: none is set. Throws a usage error. */
export function passphraseOf(file: string | undefined): string | undefined {
  const passphrase = file === undefined ? loadClientConfig(process.env).REELAY_PASSPHRASE : readPassphrase(file)
  if (passphrase !== undefined && passphrase.length < SHORTEST)
    throw usage(`The passphrase must have at least ${SHORTEST} characters.`)
  return passphrase
}

function readPassphrase(file: string): string {
  try {
    // 0 is stdin
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw usage(`--passphrase-file: ${error instanceof Error ? error.message : error}`)
  }
}
