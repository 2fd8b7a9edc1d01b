import type { Vector } from '../support/vectors.ts'

type Sign = (input: Record<string, unknown>, vector: Vector) => Record<string, unknown>

/** Pure signing vectors: vendor → case → what our signer makes of the input, in the words of the case's `expected`. */
export const signatures: Record<string, Record<string, Sign>> = {}
