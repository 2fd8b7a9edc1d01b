import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Button, Modal } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import { Failure } from './failure.tsx'
import style from './confirm.module.css'

interface Props {
  opened: boolean
  title: ReactNode
  /** what ends, and what goes on */
  children: ReactNode
  /** the verb of the button */
  act: string
  /** red, for what cannot be undone */
  danger?: boolean
  onConfirm(): Promise<unknown>
  onClose(): void
}

/** Asks before something ends. It closes by itself when the act is done, and says why when it fails. */
export function Confirm({ opened, title, children, act, danger = false, onConfirm, onClose }: Props) {
  const { t } = useText()
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })

  async function confirm() {
    setState({ busy: true })
    try {
      await onConfirm()
      setState({ busy: false })
      onClose()
    } catch (error) {
      setState({ busy: false, error })
    }
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={460}
      centered
      closeButtonProps={{ 'aria-label': t.parts.close }}
    >
      <div className={style.text}>{children}</div>
      {state.error !== undefined && <Failure error={state.error} />}
      <div className={style.acts}>
        <Button size="sm" variant="default" onClick={onClose} data-autofocus>
          {t.parts.cancel}
        </Button>
        <Button size="sm" {...(danger && { color: 'red' })} loading={state.busy} onClick={() => void confirm()}>
          {act}
        </Button>
      </div>
    </Modal>
  )
}
