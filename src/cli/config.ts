import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { shownConfig } from '../config-text.ts'
import { jsonOption } from './arguments.ts'
import { print, printFields, style, say, type Format } from './print.ts'

export function configCommand(program: Command) {
  const config = program.command('config').description('the configuration')

  config
    .command('check')
    .description('check the configuration and show it')
    .addOption(jsonOption())
    .action((options: Format) => {
      print(shownConfig(loadConfig(process.env)), options, settings => {
        printFields(settings)
        say(`\n${style('green', 'ok')}  The configuration is valid.`)
      })
    })
}
