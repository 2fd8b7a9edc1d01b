import { ActionIcon, UnstyledButton } from '@mantine/core'
import { ImagePlus, Link as LinkIcon, X } from 'lucide-react'
import { useEffect, useRef, useState, type ChangeEvent, type DragEvent } from 'react'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Field } from './choices.tsx'
import type { Change, ImageRole, LocalImage, Settings } from './settings.ts'
import style from './images.module.css'

interface Props {
  roles: readonly ImageRole[]
  mostReferences: number
  settings: Settings
  local: readonly LocalImage[]
  error: string | undefined
  onChange: Change
  onLocal(images: LocalImage[]): void
}

interface Shown {
  role: ImageRole
  /** of an image from this computer */
  local: LocalImage | null
  url: string
}

// what the API takes
const MOST_BYTES = 20_000_000

/** First, last and reference images: dropped, pasted, chosen, or at an address. */
export function Images({ roles, mostReferences, settings, local, error, onChange, onLocal }: Props) {
  const { t } = useText()
  const [tooLarge, setTooLarge] = useState(false)
  const links = (role: ImageRole) =>
    (role === 'reference' ? settings.refs.split(' ') : [settings[role]]).filter(Boolean)
  const shown: Shown[] = roles.flatMap(role => [
    ...links(role).map(url => ({ role, local: null, url })),
    ...local.filter(image => image.role === role).map(image => ({ role, local: image, url: '' }))
  ])
  const free = roles.filter(role => {
    const count = shown.filter(image => image.role === role).length
    return role === 'reference' ? count < mostReferences : count === 0
  })

  async function add(files: readonly File[], wanted?: ImageRole) {
    const next = [...local]
    const open = wanted ? [wanted, ...free.filter(role => role !== wanted)] : [...free]
    for (const file of files.filter(({ type }) => type.startsWith('image/'))) {
      if (file.size > MOST_BYTES) {
        setTooLarge(true)
        continue
      }
      const role = open[0]
      if (!role) break
      if (role !== 'reference') open.shift()
      next.push({ role, name: file.name, source: await readFile(file) })
    }
    onLocal(next)
  }

  function setLink(role: ImageRole, url: string) {
    if (role === 'reference') onChange({ refs: [...links(role), url].filter(Boolean).join(' ') })
    else onChange({ [role]: url })
  }

  function remove({ role, local: image, url }: Shown) {
    if (image) onLocal(local.filter(one => one !== image))
    else if (role === 'reference')
      onChange({
        refs: links(role)
          .filter(link => link !== url)
          .join(' ')
      })
    else onChange({ [role]: '' })
  }

  // anywhere on the page, but not when text is pasted into a field
  const paste = useRef(add)
  useEffect(() => {
    paste.current = add
  })
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])]
      if (files.length > 0) void paste.current(files)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [])

  return (
    <Field name={t.playground.images} hint={t.playground.imagesHint} error={tooLarge ? t.playground.tooLarge : error}>
      <div className={style.slots}>
        {shown.map(image => (
          <figure key={`${image.role} ${image.url} ${image.local?.name}`} className={style.filled}>
            {image.local ? (
              <img src={image.local.source} alt={image.local.name} />
            ) : (
              <span className={`cut small ${style.host}`} title={image.url}>
                <LinkIcon aria-hidden="true" />
                {URL.canParse(image.url) ? new URL(image.url).host : image.url}
              </span>
            )}
            <figcaption>{t.task.roles[image.role]}</figcaption>
            <ActionIcon
              className={style.remove}
              size={24}
              variant="default"
              aria-label={t.playground.removeImage(t.task.roles[image.role])}
              onClick={() => remove(image)}
            >
              <X size={14} />
            </ActionIcon>
          </figure>
        ))}
        {free.map(role => (
          <Slot key={role} role={role} onFiles={files => void add(files, role)} onLink={url => setLink(role, url)} />
        ))}
      </div>
    </Field>
  )
}

/** An empty place. */
function Slot({ role, onFiles, onLink }: { role: ImageRole; onFiles(files: File[]): void; onLink(url: string): void }) {
  const { t } = useText()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [asksLink, setAsksLink] = useState(false)
  const name = t.task.roles[role]
  const drop = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      onFiles([...event.dataTransfer.files])
    }
  }
  if (asksLink)
    return (
      <TextField
        className={style.link}
        type="url"
        aria-label={t.playground.addressOf(name)}
        placeholder="https://…"
        // it was asked for by the button before it
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onKeyDown={event => {
          if (event.key === 'Escape') setAsksLink(false)
          if (event.key !== 'Enter') return
          event.preventDefault()
          event.currentTarget.blur()
        }}
        onBlur={({ currentTarget: { value } }) => {
          if (/^https?:\/\/\S+$/.test(value.trim())) onLink(value.trim())
          setAsksLink(false)
        }}
      />
    )
  return (
    <div className={`${style.slot} ${over ? style.over : ''}`} {...drop}>
      <UnstyledButton className={style.choose} onClick={() => input.current?.click()}>
        <ImagePlus aria-hidden="true" />
        {name}
      </UnstyledButton>
      <ActionIcon
        className={style.remove}
        size={24}
        aria-label={t.playground.addressOf(name)}
        title={t.playground.addressOf(name)}
        onClick={() => setAsksLink(true)}
      >
        <LinkIcon size={13} />
      </ActionIcon>
      <input
        ref={input}
        hidden
        type="file"
        accept="image/*"
        multiple={role === 'reference'}
        aria-label={name}
        onChange={(event: ChangeEvent<HTMLInputElement>) => {
          onFiles([...(event.currentTarget.files ?? [])])
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}

const readFile = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(new Error('the file cannot be read')))
    reader.readAsDataURL(file)
  })
