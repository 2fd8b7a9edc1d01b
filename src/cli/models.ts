import { InvalidArgumentError, type Command } from 'commander'
import { collect, jsonOption } from './arguments.ts'
import { ask, named, type Client } from './client.ts'
import { usage } from './exit.ts'
import { lazily } from './lazily.ts'
import { withClient } from './open.ts'
import { print, printTable, say, type Format } from './print.ts'

interface Price {
  unit: string
  amount: string
  currency: string
  when?: Record<string, string | number | boolean>
}

interface Model {
  id: string
  name: string
  candidates: { channel: string; upstream_model: string; priority: number; weight: number }[]
  prices: Price[]
  retry_failed: boolean
  disabled: boolean
}

interface SetOptions extends Format {
  candidate?: string[]
  price?: Price[]
  retryFailed?: boolean
  enable?: boolean
  disable?: boolean
}

interface Named {
  id: string
  name: string
}

export function modelsCommand(program: Command) {
  const models = program.command('models').description('public model names, their channels and prices')

  models
    .command('list')
    .description('list all models with their channels and prices')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client => {
        const { data } = await ask<{ data: Model[] }>(client, 'GET', '/admin/models')
        const channels = options.json ? [] : await channelsFor(client)
        const nameOf = (id: string) => channels.find(channel => channel.id === id)?.name ?? id
        print(data, options, list =>
          printTable(
            ['MODEL', 'SERVED BY', 'PRICE', 'STATE'],
            list.map(({ name, candidates, prices, disabled }) => [
              name,
              candidates.map(one => candidateText(name, nameOf(one.channel), one.upstream_model)).join(', ') || '-',
              prices.map(priceText).join(', ') || '-',
              disabled ? { text: 'disabled', style: 'yellow' } : 'ok'
            ])
          )
        )
      })
    )

  models
    .command('set <model>')
    .description('set the channels and prices of a model')
    .option(
      '--candidate <channel=upstream>',
      'a channel (name or id) and its name for the model (repeatable, preferred first)',
      collect
    )
    .option(
      '--price <price>',
      'e.g. 0.10USD/second, or 0.50USD/video?resolution=1080p&audio=true (repeatable)',
      collectPrices
    )
    .option('--retry-failed', 'retry a failed generation on the next channel')
    .option('--no-retry-failed', 'do not retry it')
    .option('--enable', 'let clients use it')
    .option('--disable', 'do not let clients use it')
    .addOption(jsonOption())
    .action((name: string, options: SetOptions) => {
      const { candidate, price, retryFailed, enable, disable } = options
      if (enable && disable) throw usage('Use only one of --enable and --disable.')
      return withClient(async client => {
        const made = await ask<Model>(client, 'PUT', `/admin/models/${encodeURIComponent(name)}`, {
          candidates: candidate && (await candidatesOf(client, name, candidate)),
          prices: price,
          retry_failed: retryFailed,
          ...((enable || disable) && { disabled: disable === true })
        })
        print(made, options, () => say(`Model ${name} is set.`))
      })
    })

  models
    .command('audit')
    .summary('list what was checked too long ago')
    .description('list what is known of vendors’ models and prices and was checked too long ago')
    .option('--days <days>', 'how many days ago is too long', days, 90)
    .option('--all', 'list everything, with its age')
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/models-audit.ts')).auditModels))

  models
    .command('price <model> [price...]')
    .description('show or set the prices of a model')
    .addOption(jsonOption())
    .addHelpText('after', priceHelp)
    .action((name: string, given: string[], options: Format) =>
      withClient(async client => {
        const path = `/admin/models/${encodeURIComponent(name)}`
        const isNone = given.length === 1 && given[0] === 'none'
        const prices = isNone ? [] : readPrices(given)
        const model = given.length
          ? await ask<Model>(client, 'PATCH', path, { prices })
          : await ask<Model>(client, 'GET', path)
        print(model, options, () =>
          say(model.prices.length ? model.prices.map(priceText).join('\n') : `Model ${name} has no price of its own.`)
        )
      })
    )

  models
    .command('remove <model>')
    .description("remove a model's settings, not its mappings")
    .addOption(jsonOption())
    .action((name: string, options: Format) =>
      withClient(async client => {
        const answer = await ask(client, 'DELETE', `/admin/models/${encodeURIComponent(name)}`)
        print(answer, options, () => say(`The settings of model ${name} are removed.`))
      })
    )
}

const channelsFor = async (client: Client) => (await ask<{ data: Named[] }>(client, 'GET', '/admin/channels')).data

async function candidatesOf(client: Client, name: string, given: readonly string[]) {
  const channels = await channelsFor(client)
  return given.map((text, index) => {
    const [, channel = text, upstream = name] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    return { channel: named(channels, channel, 'channel').id, upstream_model: upstream, priority: given.length - index }
  })
}

const priceHelp = `
A price is AMOUNT/second or AMOUNT/video, in USD unless a currency follows the amount, with conditions after a ?:
  0.10/second   0.50CNY/video   0.20USD/second?resolution=1080p&audio=true
Of several the most specific whose conditions are met counts. Without a price to set, the present ones are printed.
`

/** Throws a usage error with the price that cannot be read. */
function readPrices(given: readonly string[]): Price[] {
  try {
    return given.reduce<Price[]>((before, text) => collectPrices(text, before), [])
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw usage(error.message)
    throw error
  }
}

/** Parses `0.10USD/second?resolution=1080p&audio=true`. */
function collectPrices(text: string, before: Price[] = []): Price[] {
  const [, amount, currency = 'USD', unit, when] =
    /^(\d+(?:\.\d+)?) ?([A-Z]{3})?\/(second|video)(?:\?(.+))?$/.exec(text) ?? []
  if (amount === undefined || unit === undefined)
    throw new InvalidArgumentError(
      `${text}: it must be AMOUNT/second or AMOUNT/video, e.g. 0.10USD/second?resolution=1080p.`
    )
  const conditions =
    when === undefined ? [] : [...new URLSearchParams(when)].map(([field, value]) => [field, valueOf(value)])
  return [...before, { unit, amount, currency, ...(conditions.length && { when: Object.fromEntries(conditions) }) }]
}

const valueOf = (text: string) =>
  text === 'true' ? true : text === 'false' ? false : /^\d+$/.test(text) ? Number(text) : text

function priceText({ unit, amount, currency, when }: Price): string {
  const conditions = Object.entries(when ?? {}).map(([field, value]) => `${field}=${value}`)
  return `${amount}${currency}/${unit}${conditions.length ? `?${conditions.join('&')}` : ''}`
}

const candidateText = (name: string, channel: string, upstream: string) =>
  upstream === name ? channel : `${channel}=${upstream}`

function days(text: string): number {
  const count = Number(text)
  if (!/^\d{1,5}$/.test(text)) throw usage('--days must be a whole number.')
  return count
}
