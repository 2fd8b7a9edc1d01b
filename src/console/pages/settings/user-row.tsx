import { ActionIcon, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { post, request } from '../../api/client.ts'
import { useCan, useSession } from '../../api/session.ts'
import { userRoles, type InvitedUser, type User, type UserRole } from '../../api/types/users.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Menu } from '../../parts/menu.tsx'
import { Ago } from '../../parts/time.tsx'
import style from './settings.module.css'

interface Props {
  user: User
  /** told the one-time link of a reset */
  onInvited(user: InvitedUser): void
}

/** One user: role, last seen, and what can be done. */
export function UserRow({ user, onInvited }: Props) {
  const { t } = useText()
  const words = t.settings
  const can = useCan()
  const isOneself = useSession().user?.id === user.id
  const queries = useQueryClient()
  const [asks, setAsks] = useState<'reset' | 'delete' | null>(null)
  const path = `/admin/users/${user.id}`
  const reload = () =>
    Promise.all(['users', 'sessions', 'session'].map(key => queries.invalidateQueries({ queryKey: [key] })))
  const update = useMutation({
    mutationFn: (change: { role?: UserRole; disabled?: boolean }) => request('PATCH', path, { body: change }),
    onSettled: reload
  })
  const acts = {
    reset: async () => {
      const invited = await post<InvitedUser>(`${path}/reset`)
      void reload()
      onInvited(invited)
    },
    delete: async () => {
      await request('DELETE', path)
      await reload()
    }
  }
  return (
    <>
      <div className={style.person}>
        <div className="cut">
          <b>{user.name}</b> {isOneself && <span className="dim">{words.oneself}</span>}
        </div>
        <div className="cut small dim">{user.email}</div>
      </div>
      <span className="small dim">
        <Seen user={user} />
      </span>
      {can('users:write') ? (
        <NativeSelect
          size="xs"
          aria-label={words.roleOf(user.name)}
          data={userRoles.map(value => ({ value, label: words.roles[value] }))}
          value={user.role}
          disabled={update.isPending}
          // true because only these values were given
          onChange={event => update.mutate({ role: event.currentTarget.value as UserRole })}
        />
      ) : (
        <span>{words.roles[user.role]}</span>
      )}
      {can('users:write') && (
        <Menu
          label={words.actsFor(user.name)}
          items={[
            { label: user.has_password ? words.reset : words.newLink, run: () => setAsks('reset') },
            {
              label: user.disabled ? words.enable : words.disable,
              run: () => update.mutate({ disabled: !user.disabled })
            },
            { label: words.deleteUser, run: () => setAsks('delete') }
          ]}
          button={
            <ActionIcon aria-label={words.actsFor(user.name)}>
              <Ellipsis />
            </ActionIcon>
          }
        />
      )}
      {update.error && (
        <div className={style.whole}>
          <Failure error={update.error} />
        </div>
      )}
      <Confirm
        opened={asks !== null}
        title={asks === 'delete' ? words.deleteTitle(user.name) : words.resetTitle(user.name)}
        act={asks === 'delete' ? words.deleteUser : user.has_password ? words.reset : words.newLink}
        danger
        onConfirm={acts[asks ?? 'reset']}
        onClose={() => setAsks(null)}
      >
        {asks === 'delete' ? words.deleteText : words.resetText}
      </Confirm>
    </>
  )
}

function Seen({ user: { disabled, has_password, has_oidc, last_seen_at } }: { user: User }) {
  const { t } = useText()
  if (disabled) return t.settings.disabled
  if (last_seen_at !== null) return <Ago at={last_seen_at} />
  return has_password || has_oidc ? t.settings.neverSeen : t.settings.invited
}
