import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { ask, askAll } from './client.ts'
import { exitCodes } from './exit.ts'
import { withClient } from './open.ts'
import { cut, print, printTable, say, style, time, type Format } from './print.ts'

interface Target {
  id: string
  kind: string
  address: string
}

interface Listed {
  title: string
  opened_at: number
  closed_at: number | null
  messages: { status: 'pending' | 'sent' | 'failed'; error: string | null }[]
}

interface Tested {
  results: { target: string; address: string; ok: boolean; error: string | null; latency_ms: number }[]
}

const MOST = 50
const WIDEST = 100

export function alertsCommand(program: Command) {
  const alerts = program.command('alerts').description('what operators are told of')

  alerts
    .command('list')
    .description('show the targets of ALERTS and the newest alerts')
    .addOption(jsonOption())
    .action((format: Format) =>
      withClient(async client => {
        const { data: targets } = await ask<{ data: Target[] }>(client, 'GET', '/admin/alerts/targets')
        const found = await askAll<Listed>(client, '/admin/alerts', MOST)
        print({ targets, alerts: found }, format, () => {
          if (targets.length === 0) return say('There is no target. Set ALERTS, then restart the server.')
          printTable(
            ['TARGET', 'ADDRESS'],
            targets.map(({ id, address }) => [id, address])
          )
          say()
          if (found.length === 0) return say('There are no alerts.')
          printTable(
            ['SINCE', 'UNTIL', 'SENT', 'ALERT'],
            found.map(({ title, opened_at: from, closed_at: to, messages }) => [
              time(from),
              to === null ? { text: 'now', style: 'red' } : time(to),
              sentOf(messages),
              cut(title, WIDEST)
            ])
          )
        })
      })
    )

  alerts
    .command('test')
    .argument('[target]', 'the id of a target (default: all)')
    .description('send a test message (exit 1: a target did not take it)')
    .addOption(jsonOption())
    .action((target: string | undefined, format: Format) =>
      withClient(async client => {
        const body = target === undefined ? {} : { target }
        const { results } = await ask<Tested>(client, 'POST', '/admin/alerts/test', body)
        print(results, format, () => {
          for (const { target: id, address, ok, error } of results)
            say(`${ok ? style('green', 'ok') : style('red', 'failed')}  ${id}  ${address}${ok ? '' : `: ${error}`}`)
        })
        if (results.some(({ ok }) => !ok)) process.exitCode = exitCodes.failed
      })
    )
}

function sentOf(messages: Listed['messages']) {
  const sent = messages.filter(({ status }) => status === 'sent').length
  const text = `${sent} of ${messages.length}`
  return sent === messages.length ? text : ({ text, style: 'red' } as const)
}
