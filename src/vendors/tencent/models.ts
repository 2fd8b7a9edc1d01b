import { table } from '../../lib/table.ts'
import type { ModelSpec } from '../vendor.ts'

/*
 * Models of Tencent Cloud's video service (vclm). A model is an action of its own; the names are those of TokenHub, where Tencent sells
 * the same models (cloud.tencent.com/document/product/1823/130081). Sources: product/1616/126160; tencentcloud-sdk-nodejs, vclm_models.d.ts.
 */

export interface TencentModel extends ModelSpec {
  /** what follows `Submit` and `Describe` in the names of its actions */
  action: string
  /** values of `Fps` */
  rates?: readonly number[]
}

const promptLimit = 200

export const tencentModels = table<TencentModel>({
  'hy-video-1.5': {
    action: 'HunyuanToVideoJob',
    promptLimit,
    images: ['first'],
    resolutions: ['720p'],
    // the length of product/1823/137202: the action itself has no setting
    seconds: [5],
    defaultSeconds: 5
  },
  'yt-video-2.0': {
    action: 'ImageToVideoGeneralJob',
    promptLimit,
    images: ['first'],
    resolutions: ['480p', '720p', '1080p'],
    rates: [16, 24, 30]
  }
})
