import { existsSync } from 'node:fs'
import { Command, CommanderError, type Help } from 'commander'
import { ApiError, ConfigError } from '../errors.ts'
import { editDistance } from '../lib/edit-distance.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import { version } from '../lib/version.ts'
import { BackupError } from '../backup/error.ts'
import { alertsCommand } from './alerts.ts'
import { auditCommand } from './audit.ts'
import { ConfigFileError } from '../config-file/problems.ts'
import { backupCommand } from './backup.ts'
import { channelsCommand } from './channels.ts'
import { configCommand } from './config.ts'
import { doctorCommand } from './doctor.ts'
import { CommandFailure, exitCodeOf, exitCodes, type ExitCode } from './exit.ts'
import { generateCommand } from './generate.ts'
import { healthcheckCommand } from './healthcheck.ts'
import { keysCommand } from './keys.ts'
import { migrateCommand } from './migrate.ts'
import { modelsCommand } from './models.ts'
import { moveCommand } from './move.ts'
import { note } from './print.ts'
import { restoreCommand } from './restore.ts'
import { rewrapCommand } from './rewrap.ts'
import { serveCommand } from './serve.ts'
import { tasksCommand } from './tasks.ts'
import { usageCommand } from './usage.ts'
import { usersCommand } from './users.ts'

const groups = [
  serveCommand,
  generateCommand,
  tasksCommand,
  keysCommand,
  channelsCommand,
  modelsCommand,
  usageCommand,
  alertsCommand,
  usersCommand,
  auditCommand,
  migrateCommand,
  backupCommand,
  restoreCommand,
  moveCommand,
  rewrapCommand,
  doctorCommand,
  configCommand,
  healthcheckCommand
]

const environment = `
Environment:
  REELAY_URL, REELAY_KEY  the server to use; without them the local database is opened
  REELAY_CREDENTIAL       the credential for channels add
  REELAY_PASSPHRASE       the passphrase of backup --encrypt and restore
  DATA_DIR, …             the server's settings; reelay config check lists them

Exit codes: 0 ok · 1 failed · 2 usage · 3 auth · 4 refused · 5 timeout · 78 configuration
`

/** Runs the command line. Returns the exit code; a server keeps running after 0, until it is stopped. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('reelay')
    .description('The self-hosted gateway in front of AI video vendors.')
    .version(version())
    .showHelpAfterError('(see --help)')
    .addHelpText('after', environment)
    .configureHelp({ visibleCommands: leavesOf, subcommandTerm: termOf })
    .exitOverride()
  for (const add of groups) add(program)
  program.on('command:*', ([name = '']: string[]) => program.error(unknownCommand(program, name)))
  // the reader has closed the pipe, as in `reelay tasks list | head`; a server keeps running
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' && argv[2] !== 'serve') process.exit(exitCodes.ok)
  })
  try {
    readDotEnv()
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // commander has already printed it
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return tell(error, argv.includes('--json'))
  }
}

/** Commander would suggest the commands of groups, as its help lists them. */
function unknownCommand({ commands }: Command, name: string): string {
  const near = commands
    .map(one => ({ name: one.name(), edits: editDistance(name.toLowerCase(), one.name()) }))
    .toSorted((a, b) => a.edits - b.edits)[0]
  const isNear = near !== undefined && near.edits <= Math.max(1, Math.floor(near.name.length / 3))
  return `error: unknown command '${name}'${isNear ? `\n(Did you mean ${near.name}?)` : ''}`
}

/** Adds the variables of `.env` in the working folder to the environment; those that are set already stay as they are. */
function readDotEnv() {
  if (!existsSync('.env')) return
  try {
    process.loadEnvFile('.env')
  } catch (error) {
    throw new ConfigError(`.env cannot be read: ${wordsOf(error)}`)
  }
}

/** Prints an error on stderr, with a stack trace only when it is unexpected. */
function tell(error: unknown, json: boolean): ExitCode {
  const { exitCode, message, body } = readable(error)
  note(json ? JSON.stringify({ error: body }) : message)
  return exitCode
}

function readable(error: unknown): { exitCode: ExitCode; message: string; body: unknown } {
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, message: error.message, body: error.error }
  if (error instanceof ApiError)
    return { exitCode: exitCodeOf(error.status), message: error.message, body: error.body().error }
  const exitCode = error instanceof ConfigError ? exitCodes.config : exitCodes.failed
  if (error instanceof ConfigFileError)
    return { exitCode: exitCodes.config, message: error.message, body: { code: 'config', ...error.shown() } }
  const isPlain = error instanceof ConfigError || error instanceof BackupError
  const message = isPlain ? error.message : wordsOf(error)
  return { exitCode, message, body: { code: exitCode === exitCodes.config ? 'config' : 'failed', message } }
}

function wordsOf(error: unknown): string {
  // true because property access on any object is safe
  const { code, message, port, path, stack } = Object(error) as Record<string, unknown>
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Set PORT to another one; 0 picks a free one.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path ?? 'The address'} cannot be written: ${message}`
  if (typeof code === 'string') return withoutSecrets(String(message || code))
  return withoutSecrets(String(stack ?? error))
}

/** Lists all commands, those of groups with the group's name, one per line of the help. */
function leavesOf(command: Command): Command[] {
  const shown = command.commands.filter(({ commands }) => commands.length === 0)
  return command.parent ? shown : command.commands.flatMap(one => (one.commands.length ? leavesOf(one) : one))
}

function termOf(this: Help, command: Command): string {
  const group = command.parent?.parent ? `${command.parent.name()} ` : ''
  // of a command that acts on something, what else it takes is in its own help
  const named = command.registeredArguments.slice(0, 1)
  const wanted = named.map(one => (one.required ? `<${one.name()}>` : `[${one.name()}]`))
  return [group + command.name(), ...wanted].join(' ')
}
