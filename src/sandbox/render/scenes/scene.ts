import type { Picture, Size } from '../picture.ts'

/**
 * Prepares a scene for a size: what stands still is computed once. The function that it returns paints the frame at `phase`, which
 * goes from 0 to 1 in a loop; 1 would be 0 again.
 */
export type Scene = (size: Size) => (picture: Picture, phase: number) => void
