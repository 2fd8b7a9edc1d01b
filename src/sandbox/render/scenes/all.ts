import type { SceneName } from '../../scenes.ts'
import { aurora } from './aurora.ts'
import { clouds } from './clouds.ts'
import { dunes } from './dunes.ts'
import { koi } from './koi.ts'
import { rain } from './rain.ts'
import { river } from './river.ts'
import type { Scene } from './scene.ts'

export const scenes = { river, aurora, rain, koi, dunes, clouds } satisfies Record<SceneName, Scene>
