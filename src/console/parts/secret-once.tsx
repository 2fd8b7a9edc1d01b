import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Button, Modal } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import { CopyButton } from './copy.tsx'
import { Note } from './note.tsx'
import { Toggle } from './toggle.tsx'
import style from './secret-once.module.css'

interface Props {
  title: string
  /** why it must be kept now */
  note: ReactNode
  secret: string
  /** of the button */
  copy: string
  /** what a person confirms before it is gone */
  kept: string
  onDone(): void
  /** how it is used */
  children?: ReactNode
}

/** A secret that is shown this once: nothing closes it but the word that it is kept. */
export function SecretOnce({ title, note, secret, copy, kept, onDone, children }: Props) {
  const { t } = useText()
  const [isKept, setIsKept] = useState(false)
  return (
    <Modal
      opened
      onClose={onDone}
      title={title}
      size={690}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <div className={style.body}>
        <Note tone="warn">{note}</Note>
        <div className={style.secret}>
          <KeyRound aria-hidden="true" />
          <code>{secret}</code>
          <CopyButton text={secret} data-autofocus>
            {copy}
          </CopyButton>
        </div>
        {children}
        <div className={style.foot}>
          <Toggle label={kept} checked={isKept} onChange={setIsKept} />
          <Button size="sm" disabled={!isKept} onClick={onDone}>
            {t.parts.done}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
