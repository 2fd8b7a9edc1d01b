import type { AlertKind } from '../../lib/alert-targets.ts'
import { dingtalk } from './dingtalk.ts'
import { feishu } from './feishu.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'
import { wecom } from './wecom.ts'
import type { Wire } from './wire.ts'

/** Every kind of target that takes HTTP posts. */
export const wires = { slack, feishu, dingtalk, wecom, webhook } satisfies Record<Exclude<AlertKind, 'mailto'>, Wire>
