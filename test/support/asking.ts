import type { Vector } from './vectors.ts'

/** Whether a case is a request that its vendor accepts and builds; the sandbox is told its faults in metadata. */
export const isAsking = ({ request, reject, signature, steps, channel: { options } }: Vector) =>
  options?.sandbox !== true &&
  request !== null &&
  !reject &&
  !signature &&
  steps.some(({ do: verb, setup }) => verb === 'submit' && !setup)
