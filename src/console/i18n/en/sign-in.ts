export const signIn = {
  title: 'Sign in',
  name: 'Name or email',
  password: 'Password',
  key: 'Key',
  keyHint: 'An admin key opens the whole console, a member key its own videos and usage.',
  withPassword: 'Password',
  withKey: 'Key',
  how: 'How to sign in',
  submit: 'Sign in',
  or: 'or',
  wrong: 'Name and password do not fit together.',
  wrongKey: 'This key is not valid here.',
  tooMany: 'Too many attempts. Try again in a few minutes.',
  ended: 'Your session has ended. Sign in to go on where you were.',
  forgot: 'Forgot your password? An owner can send you a link.',
  showPassword: 'Show the password',
  hidePassword: 'Hide the password'
}
