import type { Words } from '../words.ts'

export const parts: Words['parts'] = {
  copy: '复制',
  copied: '已复制',
  cancel: '取消',
  close: '关闭',
  save: '保存',
  back: '返回',
  tryAgain: '重试',
  later: '以后再说',
  done: '完成',
  clearAll: '全部清除',
  loading: '加载中',
  loadMore: n => `再加载 ${n} 条`,
  filterIs: (name, value) => `${name}：${value}`,
  removeFilter: name => `移除筛选 ${name}`,
  total: '合计',
  failedTitle: '加载失败。',
  answered: status => `网关返回了 ${status}。`,
  noAnswer: '网关没有响应。',
  unaffected: '您的任务不受影响。',
  show: '显示',
  hide: '隐藏',
  required: '必填',
  held: '冻结',
  free: '免费',
  unknown: '–',
  slotsUsed: (used, total) => `并发 ${used} / ${total}`,
  vendorAllows: n => `厂商目前只给 ${n} 个`,
  queuePlace: n => `第 ${n} 位`,
  moreOptions: '更多操作',
  actsOf: name => `${name} 的操作`
}

export const player: Words['player'] = {
  play: '播放',
  pause: '暂停',
  position: '进度',
  loopOn: '循环已开',
  loopOff: '循环已关',
  sound: '打开声音',
  silence: '关闭声音',
  fullScreen: '全屏',
  leaveFullScreen: '退出全屏',
  failed: '视频加载失败。',
  video: '视频'
}

export const waterfall: Words['waterfall'] = {
  label: '经过（按时间）',
  queued: '等待空位',
  submit: '提交',
  reconcile: '向厂商核对',
  running: '生成',
  poll: '查询进度',
  archived: '归档',
  delivery: 'Webhook',
  cancel: '取消',
  decided: '裁定',
  polls: n => `${n} 次轮询`
}

export const shortcuts: Words['shortcuts'] = {
  title: '键盘快捷键',
  general: '全局',
  lists: '列表与任务',
  player: '播放器',
  goTo: '跳转',
  palette: '搜索、跳转、操作',
  help: '此列表',
  docs: '使用指南与 API 参考',
  filter: '筛选列表',
  next: '下一个',
  previous: '上一个',
  open: '打开',
  back: '返回',
  make: '生成视频',
  playPause: '播放或暂停',
  second: '后退、前进一秒',
  frame: '后退、前进一帧',
  loop: '循环',
  sound: '声音',
  fullScreen: '全屏'
}

export const palette: Words['palette'] = {
  title: '搜索、跳转、操作',
  placeholder: '页面、操作、任务 ID 或提示词',
  nothing: '没有找到',
  actions: '操作',
  videos: '最近的视频',
  found: '视频',
  pages: '跳转到',
  newVideo: '生成视频',
  newKey: '新建密钥',
  addChannel: '添加渠道',
  switchTheme: '切换深浅色'
}
