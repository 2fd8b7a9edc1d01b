import { ActionIcon, Button, type ButtonProps } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactNode, type Ref } from 'react'
import { useText } from '../i18n/index.tsx'

const SHOWN_MS = 2000

/** Copies text; for two seconds `copied` is true. Works on plain HTTP too, where there is no clipboard to write to. */
export function useCopy(): { copied: boolean; copy(text: string): void } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return {
    copied,
    copy: text => {
      void write(text).then(setCopied)
    }
  }
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // only secure origins have a clipboard
    const field = document.createElement('textarea')
    field.value = text
    field.style.position = 'fixed'
    field.style.opacity = '0'
    // inside a dialog the focus may not leave it
    const home = document.activeElement?.closest('[role=dialog]') ?? document.body
    home.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}

/** An icon that copies. `label`: what it copies. */
export function CopyIcon({ text, label }: { text: string; label?: string }) {
  const { t } = useText()
  const { copied, copy } = useCopy()
  const name = copied ? t.parts.copied : (label ?? t.parts.copy)
  return (
    <ActionIcon aria-label={name} title={name} onClick={() => copy(text)}>
      {copied ? <Check /> : <Copy />}
    </ActionIcon>
  )
}

/** A button that copies, with a word. */
export function CopyButton({
  text,
  children,
  ...rest
}: ButtonProps & { text: string; ref?: Ref<HTMLButtonElement>; children: ReactNode }) {
  const { t } = useText()
  const { copied, copy } = useCopy()
  return (
    <Button leftSection={copied ? <Check /> : <Copy />} onClick={() => copy(text)} {...rest}>
      {copied ? t.parts.copied : children}
    </Button>
  )
}
