import type { Words } from '../words.ts'

export const tasks: Words['tasks'] = {
  title: '任务',
  viewsLabel: '视图',
  views: { all: '全部', open: '进行中', failed: '失败', doubt: '待裁定', dear: '高费用' },
  atLeast: n => `${n}+`,
  fresh: n => `${n} 条新任务`,
  find: 'ID、提示词或终端用户',
  filters: {
    state: '状态',
    model: '模型',
    channel: '渠道',
    key: '密钥',
    error: '错误',
    time: '时间',
    cost: '费用',
    user: '终端用户',
    vendor_code: '厂商代码',
    group: '分组'
  },
  ranges: { '1h': '最近 1 小时', '24h': '最近 24 小时', '7d': '最近 7 天', '30d': '最近 30 天' },
  costFrom: amount => `不低于 ${amount}`,
  costUpTo: amount => `不高于 ${amount}`,
  picture: '画面',
  prompt: '提示词',
  noPrompt: '无提示词',
  status: '状态',
  madeBy: '模型',
  madeFor: '密钥',
  took: '耗时',
  cost: '费用',
  created: '创建时间',
  sorted: { asc: '已排序，从低到高', desc: '已排序，从高到低' },
  noChannel: '尚无渠道',
  tries: n => `${n} 次尝试`,
  total: n => `共 ${n} 个`,
  ofVideo: length => `成片 ${length}`,
  export: '导出',
  formats: { csv: 'CSV，用于表格', ndjson: 'JSON Lines，用于程序' },
  mark: prompt => `选择 ${prompt}`,
  marked: n => `已选 ${n} 个`,
  unmark: '取消选择',
  cancelMarked: n => `取消 ${n} 个任务`,
  cancelAll: n => `取消全部 ${n} 个进行中的任务`,
  noneToCancel: '没有可取消的任务',
  cancelTitle: n => `取消 ${n} 个任务？`,
  cancelText: '排队中的立即退回冻结金额。生成中的会在厂商处取消；若厂商不支持而继续生成，仍会扣费，冻结保留到结束。',
  cancelAct: n => `取消 ${n} 个任务`,
  noMatch: '没有符合筛选条件的任务',
  noMatchText: '减少筛选条件试试。',
  emptyViews: {
    open: '没有进行中的任务',
    failed: '没有失败的任务',
    doubt: '没有待裁定的任务',
    dear: '没有费用达到 1 的任务'
  },
  none: '还没有任何视频请求',
  noneText: '在创作台生成一个，或用密钥发送请求。',
  toPlayground: '打开创作台'
}

export const task: Words['task'] = {
  title: '任务'
}
