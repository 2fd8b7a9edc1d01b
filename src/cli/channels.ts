import { Option, type Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { addChannelOptions } from './channel-options.ts'
import { tellTest, testChannel } from './channel-test.ts'
import { ask, askAll } from './client.ts'
import { exitCodes } from './exit.ts'
import { findChannel, type Channel } from './find.ts'
import { lazily } from './lazily.ts'
import { withClient } from './open.ts'
import { print, printTable, say, type Cell, type Format } from './print.ts'

export function channelsCommand(program: Command) {
  const channels = program.command('channels').description('vendor accounts')

  const vendor = new Option('--vendor <vendor>', 'the vendor')
  const add = channels
    .command('add')
    .description('add a vendor account; asks for what is missing')
    .addOption(vendor)
    .action(lazily(async () => (await import('./run/channel-add.ts')).addChannel))
  addChannelOptions(add, { changes: false }).addOption(jsonOption())
  // it alone names every vendor, in its help too
  program.hook('preSubcommand', async ({ args }, command) => {
    if (command !== channels || !args.includes('add')) return
    const { vendorNames, vendorSettings } = await import('./run/channel-add.ts')
    vendor.choices(vendorNames)
    add.addHelpText('after', vendorSettings)
  })

  channels
    .command('list')
    .description('list all channels with their load and health')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await askAll<Channel>(client, '/admin/channels'), options, all =>
          printTable(['NAME', 'VENDOR', 'BUSY', 'STATE', 'MODELS', 'ID'], all.map(rowOf))
        )
      )
    )

  addChannelOptions(channels.command('set <channel>'), { changes: true })
    .description('change a vendor account')
    .option('--enable', 'use it')
    .addOption(new Option('--disable', 'do not use it; its running tasks continue').conflicts('enable'))
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/channel-set.ts')).setChannel))

  channels
    .command('test <channel>')
    .description('check the credential with a free call')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(
        async client => {
          const result = await testChannel(client, await findChannel(client, wanted))
          print(result, options, tellTest)
          if (!result.ok) process.exitCode = exitCodes.failed
        },
        { engine: true }
      )
    )

  for (const [verb, disabled, about] of [
    ['enable', false, 'enable a channel'],
    ['disable', true, 'disable a channel; its running tasks continue']
  ] as const) {
    channels
      .command(`${verb} <channel>`)
      .description(about)
      .addOption(jsonOption())
      .action((wanted: string, options: Format) =>
        withClient(async client => {
          const { id } = await findChannel(client, wanted)
          const changed = await ask<Channel>(client, 'PATCH', `/admin/channels/${id}`, { disabled })
          print(changed, options, ({ name }) => say(`Channel ${name} is ${verb}d.`))
        })
      )
  }

  channels
    .command('remove <channel>')
    .description('remove a channel; its running tasks continue')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => {
        const { id, name } = await findChannel(client, wanted)
        print(await ask(client, 'DELETE', `/admin/channels/${id}`), options, () => say(`Channel ${name} is removed.`))
      })
    )
}

function rowOf({ id, name, vendor, built_in, in_flight, max_concurrency, models, ...channel }: Channel): Cell[] {
  return [
    name,
    built_in ? `${vendor} (built in)` : vendor,
    `${in_flight}/${max_concurrency ?? '∞'}`,
    stateOf(channel),
    Object.keys(models).join(', ') || '-',
    id
  ]
}

function stateOf({ disabled, health }: Pick<Channel, 'disabled' | 'health'>): Cell {
  if (disabled) return { text: 'disabled', style: 'yellow' }
  if (health.state === 'ok') return { text: 'ok', style: 'green' }
  return { text: `${health.state}${health.reason === null ? '' : `: ${health.reason}`}`, style: 'red' }
}
