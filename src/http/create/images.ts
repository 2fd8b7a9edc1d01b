import type { AskedImage } from '../../domain/request.ts'
import type { ImageRole, Warning } from '../../vendors/vendor.ts'
import { refuse } from '../parse.ts'
import { IMAGES_LIMIT, readItems, roleOfWord, type ImageItem } from './image-items.ts'
import { isPlural } from './names.ts'

/* The images of all fields as one list. */

/** A field that has images. */
export interface ImageField {
  name: string
  value: unknown
  /** the role that its name gives */
  role: ImageRole | null
}

interface Group {
  name: string
  items: ImageItem[]
  /** one of several names for the same single image, such as `image` and `image_url` */
  single: boolean
}

export interface Images {
  images: AskedImage[]
  warnings: Warning[]
  /** the field to name when a vendor refuses the images; null: `image` or `images` */
  name: string | null
}

/**
 * Reads the fields `on top` of a request and those in its metadata, whose names begin with `metadata.`. The same image under two names is one
 * image; two images under names of the same single field are refused. `roles`: what `image_roles` says, for the images without a role, in order.
 */
export function readImages(onTop: readonly ImageField[], inMetadata: readonly ImageField[], roles: unknown): Images {
  const top = onTop.map(field => groupOf(field, false)).filter(({ items }) => items.length)
  refuseDiffering(top)
  const { added, warnings } = besides(
    top,
    inMetadata.map(field => groupOf(field, true)).filter(({ items }) => items.length)
  )
  const all = [...top, ...added]
  const images = merged(all)
  if (images.length > IMAGES_LIMIT) throw refuse(all.at(-1)!.name, `there may be at most ${IMAGES_LIMIT} images`)
  const name = all.findLast(group => group.name !== 'image' && group.name !== 'images')?.name ?? null
  return { images: withRoles(images, roles), warnings, name }
}

function groupOf({ name, value, role }: ImageField, ownSchemes: boolean): Group {
  const items = readItems(value, name, { ownSchemes }).map(item => ({ ...(role && { role }), ...item }))
  return { name, items, single: items.length === 1 && !isPlural(name) }
}

function refuseDiffering(groups: readonly Group[]) {
  for (const [index, { name, items, single }] of groups.entries()) {
    const [{ source, role } = items[0]!] = items
    const other = groups.slice(0, index).find(one => one.single && one.items[0]!.role === role)
    if (!single || !other || role === 'reference' || other.items[0]!.source === source) continue
    const [alias, field] = name === 'image' ? [other.name, name] : [name, other.name]
    throw refuse(alias, `differs from ${field}, which is the same field; send one of them`)
  }
}

/** What metadata adds: `image_urls` always, one image for a place that the request has not filled itself. */
function besides(top: readonly Group[], inMetadata: readonly Group[]): { added: Group[]; warnings: Warning[] } {
  const isTaken = ({ name, items }: Group) =>
    name !== 'metadata.image_urls' && top.some(group => group.items.some(item => item.role === items[0]!.role))
  const dropped = inMetadata.filter(isTaken)
  const sources = new Set(top.flatMap(({ items }) => items.map(({ source }) => source)))
  const lost = dropped.filter(({ items }) => items.some(({ source }) => !sources.has(source)))
  return {
    added: inMetadata.filter(group => !dropped.includes(group)),
    warnings: lost.map(({ name }) => ({ field: name, reason: 'ignored: the request has an image of its own for it' }))
  }
}

// `image` before `images`; an image that another field has, too, is named once, but a list may contain it twice (a loop)
function merged(groups: readonly Group[]): ImageItem[] {
  const isFirst = ({ single, items }: Group) => single && items[0]!.role === undefined
  const ordered = [...groups.filter(isFirst), ...groups.filter(group => !isFirst(group))]
  const taken: { item: ImageItem; group: Group }[] = []
  const isSame = (a: ImageItem, b: ImageItem) =>
    a.source === b.source && (a.role === b.role || (a.role === 'first' && b.role === undefined))
  for (const group of ordered) {
    const later = ordered.slice(ordered.indexOf(group) + 1)
    for (const item of group.items) {
      const isRepeated = taken.some(one => one.group !== group && isSame(one.item, item))
      const comesAgain = group.single && later.some(({ items }) => items.some(other => isSame(other, item)))
      if (!isRepeated && !comesAgain) taken.push({ item, group })
    }
  }
  return taken.map(({ item }) => item)
}

function withRoles(images: readonly ImageItem[], given: unknown): AskedImage[] {
  if (given === undefined) return [...images]
  const words = Array.isArray(given) ? given : [given]
  const roles = words.map((word, index) => {
    const role = typeof word === 'string' ? roleOfWord(word) : null
    if (!role) throw refuse(`metadata.image_roles.${index}`, 'must be first, last or reference')
    return role
  })
  let next = 0
  return images.map(image => (image.role ? image : { ...image, ...(next < roles.length && { role: roles[next++]! }) }))
}
