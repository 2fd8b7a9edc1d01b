import type { ModelSpec, VideoRequest } from '../vendor.ts'

/**
 * Returns a request whose images have the roles that its model can take: a client that named none gets references where the model takes only
 * those, e.g. Vidu's viduq2 and MiniMax' S2V-01. Roles that a client named stay.
 */
export function withUsableRoles(video: VideoRequest, models: Readonly<Record<string, ModelSpec>>): VideoRequest {
  const { images, model } = video
  if (images.length === 0 || !images.every(({ assumed }) => assumed) || !takesOnlyReferences(model, models))
    return video
  return { ...video, images: images.map(image => ({ ...image, role: 'reference' })) }
}

function takesOnlyReferences(model: string, models: Readonly<Record<string, ModelSpec>>): boolean {
  // names come from outside: `constructor` is not a model
  const spec = Object.hasOwn(models, model) ? models[model]! : {}
  // vendors of many models have one for each operation, and say which in its name
  const { plainImages, images: roles = takesReferences.test(model) ? ['reference'] : [] } = spec
  return plainImages === 'reference' || (roles.length > 0 && roles.every(role => role === 'reference'))
}

const takesReferences = /[-_/](r2v|reference-?(to|2)-?video)($|[-_/])/
