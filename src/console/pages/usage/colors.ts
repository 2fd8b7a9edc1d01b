/** How many groups have a colour of their own. */
export const TOP = 5

export const OTHERS = '--others'

/** The colour of the group at a place. */
export const colorOf = (index: number): string => (index < TOP ? `--s${index + 1}` : OTHERS)
