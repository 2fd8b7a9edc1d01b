import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useCan } from '../../api/session.ts'
import type { InvitedUser } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { usersQuery } from './data.ts'
import { InviteForm, InviteLink } from './invite.tsx'
import { Section } from './section.tsx'
import { UserRow } from './user-row.tsx'
import style from './settings.module.css'

/** Who may sign in, and as what. */
export function Users() {
  const { t } = useText()
  const words = t.settings
  const can = useCan()
  const [inviting, setInviting] = useState(false)
  const [invited, setInvited] = useState<InvitedUser | null>(null)
  const { data, error, refetch } = useQuery(usersQuery)
  return (
    <Section title={words.users} text={words.usersText}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {(data ?? !error) && (
        <Card flush>
          {data ? (
            <ul aria-label={words.users}>
              {data.data.map(user => (
                <li key={user.id} className={`${style.row} ${style.user}`}>
                  <UserRow user={user} onInvited={setInvited} />
                </li>
              ))}
            </ul>
          ) : (
            <RowSkeletons rows={2} />
          )}
        </Card>
      )}
      {can('users:write') && data && (
        <div className={style.acts}>
          <Button variant="default" leftSection={<UserPlus />} onClick={() => setInviting(true)}>
            {words.invite}
          </Button>
        </div>
      )}
      {inviting && (
        <InviteForm
          onClose={() => setInviting(false)}
          onInvited={user => {
            setInviting(false)
            setInvited(user)
          }}
        />
      )}
      {invited && <InviteLink user={invited} onClose={() => setInvited(null)} />}
    </Section>
  )
}
