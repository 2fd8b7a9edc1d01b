import '@mantine/core/styles/CloseButton.layer.css'
import '@mantine/core/styles/Overlay.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/ModalBase.layer.css'
import '@mantine/core/styles/Modal.layer.css'
import { Modal } from '@mantine/core'
import { addressOf } from '../api/client.ts'
import { useText } from '../i18n/index.tsx'
import type { Page } from './pages.ts'
import { modifier } from './shortcuts.ts'
import style from './help.module.css'

/** All keys, by where they work; and where the documentation is. */
export default function Help({ pages, onClose }: { pages: readonly Page[]; onClose(): void }) {
  const { t } = useText()
  const words = t.shortcuts
  const groups: { title: string; keys: [string, string][] }[] = [
    {
      title: words.general,
      keys: [
        [`${modifier}K`, words.palette],
        ['?', words.help],
        ['/', words.filter],
        [`${modifier}↵`, words.make]
      ]
    },
    {
      title: words.goTo,
      keys: pages.flatMap(({ key, title }): [string, string][] => (key ? [[`g ${key}`, title(t)]] : []))
    },
    {
      title: words.lists,
      keys: [
        ['j', words.next],
        ['k', words.previous],
        ['↵', words.open],
        ['Esc', words.back]
      ]
    },
    {
      title: words.player,
      keys: [
        ['Space', words.playPause],
        ['← →', words.second],
        [', .', words.frame],
        ['l', words.loop],
        ['m', words.sound],
        ['f', words.fullScreen]
      ]
    }
  ]
  const shown = groups.filter(({ keys }) => keys.length > 0)
  return (
    <Modal opened onClose={onClose} title={words.title} size={680} closeButtonProps={{ 'aria-label': t.parts.close }}>
      <div className={style.groups}>
        {shown.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className={style.keys}>
              {keys.map(([key, what]) => (
                <div key={key} className={style.line}>
                  <dt>{what}</dt>
                  <dd>
                    <kbd>{key}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={style.docs}>
        <a href={addressOf('/docs')} target="_blank" rel="noreferrer">
          {words.docs}
        </a>
      </p>
    </Modal>
  )
}
