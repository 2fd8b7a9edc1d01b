export const tasks = {
  title: 'Tasks'
}

export const task = {
  title: 'Task'
}
