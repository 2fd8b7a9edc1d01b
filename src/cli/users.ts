import { Option, type Command } from 'commander'
import { userRoles } from '../domain/permissions.ts'
import type { showUser } from '../http/routes/admin/users.ts'
import { jsonOption } from './arguments.ts'
import { ask, askAll, named, type Client } from './client.ts'
import { usage } from './exit.ts'
import { withClient } from './open.ts'
import { note, print, printTable, say, time, type Cell, type Format } from './print.ts'

type User = ReturnType<typeof showUser>
type Invited = User & { invitation: { url: string; expires_at: number } }

interface SetOptions extends Format {
  name?: string
  email?: string | false
  role?: string
  enable?: boolean
  disable?: boolean
}

const roleOption = () =>
  new Option('--role <role>', 'owner: everything; operator: all but users and backups; viewer: reads').choices(
    userRoles
  )

export function usersCommand(program: Command) {
  const users = program.command('users').description('people who sign in to the console')

  users
    .command('create <name>')
    .description('invite a person; prints the link')
    .addOption(roleOption().makeOptionMandatory())
    .option('--email <address>', 'e-mail address')
    .addOption(jsonOption())
    .action((name: string, { role, email, json }: SetOptions) =>
      withClient(async client =>
        print(await ask<Invited>(client, 'POST', '/admin/users', { name, role, email }), { json }, tellLink)
      )
    )

  users
    .command('list')
    .description('list all people, newest first')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await askAll<User>(client, '/admin/users'), options, list =>
          printTable(['NAME', 'E-MAIL', 'ROLE', 'STATE', 'LAST SEEN (UTC)', 'ID'], list.map(rowOf))
        )
      )
    )

  users
    .command('set <user>')
    .description('change a person')
    .option('--name <name>', 'the new name')
    .option('--email <address>', 'e-mail address')
    .option('--no-email', 'without an e-mail address')
    .addOption(roleOption())
    .option('--enable', 'let the person sign in')
    .addOption(new Option('--disable', 'do not let the person sign in').conflicts('enable'))
    .addOption(jsonOption())
    .action((wanted: string, { name, email, role, enable, disable, json }: SetOptions) =>
      withClient(async client => {
        const { id } = await find(client, wanted)
        const disabled = (enable ?? disable) === undefined ? undefined : disable === true
        const set = { name, email: email === false ? null : email, role, disabled }
        if (Object.values(set).every(value => value === undefined))
          throw usage('Name what to change, e.g. --role viewer.')
        const user = await ask<User>(client, 'PATCH', `/admin/users/${id}`, set)
        print(user, { json }, () => say(`User ${user.name} is changed.`))
      })
    )

  users
    .command('reset <user>')
    .description('end a password; prints the link for a new one')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => {
        const { id } = await find(client, wanted)
        print(await ask<Invited>(client, 'POST', `/admin/users/${id}/reset`), options, tellLink)
      })
    )

  users
    .command('remove <user>')
    .description('remove a person, and end all sessions')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => {
        const { id, name } = await find(client, wanted)
        print(await ask(client, 'DELETE', `/admin/users/${id}`), options, () => say(`User ${name} is removed.`))
      })
    )
}

const find = async (client: Client, wanted: string) => named(await askAll<User>(client, '/admin/users'), wanted, 'user')

/** Prints only the link on stdout. */
function tellLink({ name, role, invitation }: Invited) {
  note(`User ${name} (${role}). The link works once, until ${time(invitation.expires_at)}:`)
  say(invitation.url)
}

function rowOf({ id, name, email, role, disabled, invited_until: invited, last_seen_at: seen }: User): Cell[] {
  const state: Cell = disabled
    ? { text: 'disabled', style: 'yellow' }
    : invited === null
      ? 'ok'
      : `invited until ${time(invited)}`
  return [name, email ?? '-', role, state, time(seen) ?? 'never', id]
}
