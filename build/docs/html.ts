import { Marked } from 'marked'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export const escape = (text: string) => text.replaceAll(/[&<>"]/g, character => entities[character] ?? character)

/** Returns the name that links to a heading use. */
export const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')

const marked = new Marked()

/** Markdown of one line. */
export const inline = (text: string): string => marked.parseInline(text, { async: false })

/** Markdown of several paragraphs. */
export const paragraphs = (text: string): string => marked.parse(text, { async: false })
