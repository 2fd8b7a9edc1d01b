import type { Words } from '../words.ts'

export const signIn: Words['signIn'] = {
  title: '登录',
  name: '名称或邮箱',
  password: '密码',
  key: '密钥',
  keyHint: '管理员密钥可打开整个控制台，成员密钥可查看自己的视频和用量。',
  withPassword: '密码',
  withKey: '密钥',
  how: '登录方式',
  submit: '登录',
  or: '或',
  withProvider: name => `使用 ${name} 登录`,
  wrong: '名称与密码不匹配。',
  wrongKey: '此密钥在这里无效。',
  tooMany: '尝试次数过多，请几分钟后再试。',
  ended: '会话已结束，登录后回到刚才的位置。',
  forgot: '忘记密码？所有者可以给您发送链接。',
  inviteTitle: '设置密码',
  inviteText: '设置后即登录。此链接只能使用一次。',
  newPassword: '新密码',
  passwordHint: '至少 12 个字符。一句话比一个谜更好记。',
  savePassword: '保存并登录',
  inviteWrong: '链接无效：已被使用，或者已过期。请向所有者索取新链接。',
  showPassword: '显示密码',
  hidePassword: '隐藏密码'
}
