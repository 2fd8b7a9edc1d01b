import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Button, Modal, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { userRoles, type InvitedUser, type UserRole } from '../../api/types/users.ts'
import { useText } from '../../i18n/index.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { errorOf, TextField } from '../../parts/fields.tsx'
import style from './settings.module.css'

/** Invites somebody, who gets a one-time link. */
export function InviteForm({ onClose, onInvited }: { onClose(): void; onInvited(user: InvitedUser): void }) {
  const { t } = useText()
  const words = t.settings
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<UserRole>('operator')
  const invite = useMutation({
    mutationFn: () => post<InvitedUser>('/admin/users', { name, role, ...(email && { email }) }),
    onSuccess: user => {
      void queries.invalidateQueries({ queryKey: ['users'] })
      onInvited(user)
    }
  })
  const [atName, atEmail] = [errorOf('name', invite.error), errorOf('email', invite.error)]
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.invite}
      size={460}
      centered
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <form
        className={style.form}
        onSubmit={event => {
          event.preventDefault()
          invite.mutate()
        }}
      >
        <TextField
          label={words.name}
          description={words.nameHint}
          required
          withAsterisk={false}
          data-autofocus
          maxLength={100}
          value={name}
          error={atName}
          onChange={event => setName(event.currentTarget.value)}
        />
        <TextField
          label={words.email}
          description={words.emailHint}
          type="email"
          value={email}
          error={atEmail}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <NativeSelect
          label={words.role}
          description={words.rolesText[role]}
          data={userRoles.map(value => ({ value, label: words.roles[value] }))}
          value={role}
          // true because only these values were given
          onChange={event => setRole(event.currentTarget.value as UserRole)}
        />
        {invite.error && atName === undefined && atEmail === undefined && <Failure error={invite.error} />}
        <div className={style.foot}>
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={invite.isPending} disabled={name.trim() === ''}>
            {words.createLink}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** The one-time link: shown once. A click beside it does not close it. */
export function InviteLink({ user: { name, invitation }, onClose }: { user: InvitedUser; onClose(): void }) {
  const { t, format } = useText()
  const words = t.settings
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.linkTitle(name)}
      size={520}
      centered
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <p className={style.text}>{words.linkText(format.moment(invitation.expires_at))}</p>
      <code className={style.link}>{invitation.url}</code>
      <div className={style.foot}>
        <Button size="sm" variant="default" onClick={onClose}>
          {t.parts.done}
        </Button>
        <CopyButton size="sm" text={invitation.url} data-autofocus>
          {words.copyLink}
        </CopyButton>
      </div>
    </Modal>
  )
}
