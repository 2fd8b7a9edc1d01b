export const models = {
  title: 'Models & prices'
}
