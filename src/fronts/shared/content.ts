import { isRecord } from '../../lib/records.ts'
import type { Warning } from '../../vendors/vendor.ts'
import { invalid } from './refuse.ts'

/* The `content` list of Volcengine Ark and MiniMax v2: typed items, images with a role. */

export interface Content {
  prompt: string | undefined
  images: Record<string, unknown>[]
  /** what only a vendor of this wire can take: videos, sound, drafts */
  rest: unknown[]
  warnings: Warning[]
}

/** Reads such a list; an absent one is empty. Throws invalid_request. */
export function readContent(value: unknown): Content {
  const items: unknown = value ?? []
  if (!Array.isArray(items)) throw invalid('content', 'must be a list')
  const texts: string[] = []
  const content: Content = { prompt: undefined, images: [], rest: [], warnings: [] }
  for (const [index, item] of items.entries()) {
    if (!isRecord(item)) throw invalid(`content.${index}`, 'must be an object with a type')
    if (item.type === 'text' && typeof item.text === 'string') texts.push(item.text)
    else if (item.type === 'image_url') content.images.push(item)
    else {
      content.rest.push(item)
      content.warnings.push({ field: `content.${index}`, reason: passedOn })
    }
  }
  return { ...content, prompt: texts.length ? texts.join('\n') : undefined }
}

/** Of a field that becomes metadata, and changes what is made. */
export const passedOn = 'passed on to the vendor, which may not take it'
