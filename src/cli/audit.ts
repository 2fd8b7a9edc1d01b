import type { Command } from 'commander'
import { text } from 'node:stream/consumers'
import { defined } from '../lib/defined.ts'
import { ago, jsonOption, wholeNumber } from './arguments.ts'
import { askAll, readJson, type Client } from './client.ts'
import { usage } from './exit.ts'
import { withClient } from './open.ts'
import { cut, print, printTable, time, type Format } from './print.ts'

interface Entry {
  at: number
  actor: { kind: string; id: string | null; name: string | null }
  ip: string | null
  via: string
  action: string
  target: { type: string; id: string | null; name: string | null }
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

interface Options extends Format {
  who?: string
  what?: string
  target?: string
  search?: string
  from?: number
  to?: number
  limit: number
  csv?: boolean
}

export function auditCommand(program: Command) {
  program
    .command('audit')
    .description('show who changed what, newest first')
    .option('--who <who>', 'only by this user or key (name or id)')
    .option('--what <what>', 'only this action or type, e.g. key.update or channel')
    .option('--target <target>', 'only changes of this object (name or id)')
    .option('--search <text>', 'only with this text in a name, id or action')
    .option('--from <when>', 'since (UTC), e.g. 2026-11-01, or 30d for 30 days ago', ago)
    .option('--to <when>', 'before, in the same format', ago)
    .option('--limit <n>', 'how many', wholeNumber(1, 100_000), 20)
    .option('--csv', 'print all of them as CSV')
    .addOption(jsonOption())
    .action(({ limit, csv = false, json, search, from, to, target: wanted, ...same }: Options) =>
      withClient(async client => {
        const target = wanted && (await targetOf(client, wanted))
        const given = { ...same, target, q: search, from: from?.toString(), to: to?.toString() }
        const path = `/admin/audit?${new URLSearchParams(defined(given))}`
        if (csv) {
          const answer = await client.send({ method: 'GET', path, headers: { accept: 'text/csv' } })
          if (answer.status !== 200) await readJson(answer)
          process.stdout.write(await text(answer.body))
          return
        }
        print(await askAll<Entry>(client, path, limit), { json }, list =>
          printTable(['AT (UTC)', 'WHO', 'VIA', 'ACTION', 'TARGET', 'CHANGED'], list.map(rowOf))
        )
      })
    )
}

// rows with this text that are read for an object's name
const MOST = 500

/** Returns the id of an object that the audit knows by its id or name, also of one that is gone. Throws a usage error when several had the name. */
async function targetOf(client: Client, wanted: string): Promise<string> {
  const query = (params: Record<string, string>) => `/admin/audit?${new URLSearchParams(params)}`
  if ((await askAll<Entry>(client, query({ target: wanted }), 1)).length) return wanted
  const named = (await askAll<Entry>(client, query({ q: wanted }), MOST)).filter(({ target }) => target.name === wanted)
  const [id = wanted, ...others] = new Set(named.flatMap(({ target }) => target.id ?? []))
  if (others.length) throw usage(`--target: several objects had the name ${wanted}: ${[id, ...others].join(', ')}.`)
  return id
}

const rowOf = ({ at, actor, via, action, target, before, after }: Entry) => [
  time(at),
  actor.name ?? actor.id ?? actor.kind,
  via,
  action,
  target.name ?? target.id ?? target.type,
  before && after ? cut(changesOf(before, after), 100) : '-'
]

/** Returns what an update changed: `budget: 10.00 USD → 50.00 USD`. */
const changesOf = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map(name => `${name}: ${valueText(before[name])} → ${valueText(after[name])}`)
    .join('; ')

const valueText = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'))
