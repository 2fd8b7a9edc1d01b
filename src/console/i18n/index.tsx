import { createContext, use, useMemo, useState, type ReactNode } from 'react'
import { createFormat, type Format } from './format.ts'
import type { Words } from './words.ts'

/*
 * Words are objects and functions, read as properties: `t.tasks.title`, `t.parts.loadMore(50)`. So a key that is missing or misspelt anywhere
 * does not compile, which keys in strings cannot promise, and there is nothing to download but the words.
 */

export const languages = { en: 'EN', zh: '中文' } as const

export type Language = keyof typeof languages

interface Text {
  t: Words
  format: Format
  language: Language
  setLanguage(language: Language): Promise<void>
}

// each language is a file of its own
const files: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./en/index.ts')).en,
  zh: async () => (await import('./zh/index.ts')).zh
}

const tags: Record<Language, string> = { en: 'en', zh: 'zh-CN' }

const Context = createContext<Text | null>(null)

/** The language that boot.ts chose: the saved one, else the browser's. */
export const firstLanguage = (): Language => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en')

export const loadWords = (language: Language): Promise<Words> => files[language]()

export function TextProvider({ first, words, children }: { first: Language; words: Words; children: ReactNode }) {
  const [{ language, t }, set] = useState({ language: first, t: words })
  const text = useMemo(
    () => ({
      t,
      language,
      format: createFormat(tags[language], t),
      async setLanguage(next: Language) {
        const loaded = await loadWords(next)
        document.documentElement.lang = tags[next]
        localStorage.setItem('reelay.language', tags[next])
        set({ language: next, t: loaded })
      }
    }),
    [language, t]
  )
  return <Context value={text}>{children}</Context>
}

/** The words and formats of the person's language. */
export function useText(): Text {
  const text = use(Context)
  if (!text) throw new Error('there is no TextProvider above')
  return text
}
