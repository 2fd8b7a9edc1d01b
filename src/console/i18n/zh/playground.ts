import type { Words } from '../words.ts'

export const playground: Words['playground'] = {
  title: '创作台'
}
