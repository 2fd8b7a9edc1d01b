import { Command, CommanderError } from 'commander'
import { ConfigError } from '../errors.ts'
import { exitCodes } from './exit.ts'
import { serveCommand } from './serve.ts'

/** Runs the command line. Gives the exit code; 0 keeps a server running until it is told to stop. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('reelay')
    .description('The self-hosted gateway in front of AI video vendors.')
    .showHelpAfterError('(reelay --help shows the commands)')
    .exitOverride()
  for (const add of [serveCommand]) add(program)
  try {
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`)
      return exitCodes.config
    }
    throw error
  }
}
