import { createHash } from 'node:crypto'

/** Words of a prompt that ask for a scene; Chinese ones may stand anywhere, others are whole words, also in the plural. */
const words = {
  river:
    'boat ship sail river sea ocean lake water wave dusk sunset evening paper 船 舟 河 江 海 湖 浪 水 夕阳 黄昏 日落 纸',
  aurora: 'aurora northern mountain snow ice star night winter arctic forest moon 极光 山 雪 冰 星 夜 冬 森林 月',
  rain: 'city rain street neon light car road traffic window tokyo cyberpunk 城 雨 街 霓虹 灯 车 路 窗 都市',
  koi: 'koi fish pond lily garden underwater animal cat dog panda swim 鱼 池 莲 荷 花园 动物 猫 狗 熊猫 游',
  dunes: 'dune desert sand camel sun summer dry 沙 漠 骆驼 太阳 夏',
  clouds: 'cloud sky plane fly flight bird dream sunrise morning dawn 云 天空 飞 鸟 梦 日出 清晨 早晨'
} as const satisfies Record<string, string>

export type SceneName = keyof typeof words
// true because the keys of a literal are exactly its own
export const sceneNames = Object.keys(words) as SceneName[]

/** Returns the scene that most words of the prompt ask for, of two the one that is asked for first; without any, always the same for one prompt. */
export function sceneFor(prompt: string): SceneName {
  const text = prompt.toLowerCase()
  let best: { name: SceneName; count: number; first: number } | undefined
  for (const [name, pattern] of patterns) {
    const found = [...text.matchAll(pattern)]
    const [count, first] = [found.length, found[0]?.index ?? 0]
    if (count > 0 && (!best || count > best.count || (count === best.count && first < best.first)))
      best = { name, count, first }
  }
  if (best) return best.name
  const [byte = 0] = createHash('sha256').update(prompt).digest()
  return sceneNames[byte % sceneNames.length]!
}

const patterns = sceneNames.map(name => {
  const all = words[name].split(' ')
  const latin = all.filter(word => /[a-z]/.test(word)).join('|')
  const others = all.filter(word => !/[a-z]/.test(word)).join('|')
  return [name, new RegExp(`\\b(?:${latin})(?:s|es)?\\b|${others}`, 'g')] as const
})
