import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { clipOf } from '../../src/sandbox/clips.ts'
import { writeMp4 } from '../../src/sandbox/mp4.ts'
import { sceneFor, sceneNames } from '../../src/sandbox/scenes.ts'
import { makeFolder } from '../support/folder.ts'
import { begin, openSandbox } from './client.ts'

it.each([
  ['A paper boat on a river', 'river'],
  ['Northern lights over a frozen fjord', 'aurora'],
  ['neon signs, a rainy night', 'rain'],
  ['two koi', 'koi'],
  ['Sand dunes at noon', 'dunes'],
  ['above the clouds', 'clouds'],
  ['黄昏时河上的纸船', 'river'],
  ['雪山上的极光', 'aurora'],
  ['雨中的城市', 'rain'],
  ['池塘里的锦鲤鱼', 'koi'],
  ['沙漠里的骆驼', 'dunes'],
  ['云海日出', 'clouds']
])('%s is %s', (prompt, scene) => {
  expect(sceneFor(prompt)).toBe(scene)
})

it('the scene with most words wins, of two the first', () => {
  expect(sceneFor('rain on a paper boat on the river')).toBe('river')
  expect(sceneFor('a koi under a cloud')).toBe('koi')
  expect(sceneFor('a cloud over a koi')).toBe('clouds')
})

it('only whole words count', () => {
  for (const word of ['train', 'scar', 'skyline', 'sandals']) {
    const scenes = new Set(Array.from({ length: 40 }, (_, n) => sceneFor(`${word} ${n}`)))
    expect(scenes.size, word).toBeGreaterThan(1)
  }
})

it('without a word every prompt has its own scene, and all scenes occur', () => {
  const prompts = Array.from({ length: 100 }, (_, n) => `number ${n}`)
  expect(prompts.map(sceneFor)).toEqual(prompts.map(sceneFor))
  expect(new Set(prompts.map(sceneFor))).toEqual(new Set(sceneNames))
})

it('a video shows the scene of its prompt', async () => {
  const { make } = await openSandbox()
  for (const [prompt, scene] of [
    ['a koi', 'koi'],
    ['沙漠', 'dunes']
  ] as const) {
    const file = Buffer.from(await (await fetch(await make({ prompt, duration: 2 }))).arrayBuffer())
    expect(file.equals(writeMp4(clipOf(scene, '16:9'), 2)), prompt).toBe(true)
  }
})

it('a video of a version without scenes is still there after a start', async () => {
  const { path, close } = makeFolder('sandbox')
  onTestFinished(close)
  const stateFile = join(path, 'sandbox.jsonl')
  const before = await openSandbox({ stateFile })
  const id = (await before.submit({})).data!.task_id
  const lines = readFileSync(stateFile, 'utf8')
  expect(lines).toContain('"scene":')
  writeFileSync(stateFile, lines.replace(/"scene":"\w+",/, ''))

  const after = await openSandbox({ stateFile, now: () => begin + 3000 })
  const { url } = (await after.poll(id)).data!.task_result!.videos[0]!
  expect((await fetch(url)).status).toBe(200)
})
