import type { Words } from '../words.ts'

export const states: Words['states'] = {
  waiting: '排队中',
  running: '生成中',
  succeeded: '成功',
  failed: '失败',
  cancelled: '已取消',
  needs_decision: '待裁定',
  refused: '被拒绝'
}

export const health: Words['health'] = {
  ok: '正常',
  cooling: '休息中',
  disabled: '已停止',
  off: '已停用'
}

export const errors: Words['errors'] = {
  content_policy_violation: '内容审核未通过',
  invalid_request: '请求无效',
  unsupported: '模型不支持',
  upstream_error: '厂商出错',
  upstream_timeout: '厂商没有响应',
  submit_outcome_unknown: '提交无回音',
  insufficient_quota: '预算用尽',
  rate_limit_exceeded: '请求过多',
  no_channel_available: '没有可用渠道',
  generation_failed: '厂商生成失败',
  task_timeout: '超过时限',
  cancelled: '已取消',
  video_expired: '文件已失效',
  overloaded: '网关繁忙',
  internal_error: '内部错误',
  internal_quarantined: '多次崩溃后搁置'
}

export const reasons: Words['reasons'] = {
  auth: '凭证被拒',
  insufficient_balance: '余额不足',
  permission: '没有权限',
  misconfigured: '设置有误',
  rate_limit: '请求过多',
  concurrency_limit: '并发超限',
  not_found: '厂商处不存在',
  server: '厂商出错',
  no_answer: '没有响应'
}
