/** What the content security policy of this page accepts of styles that are written while it runs. Empty in development. */
export const nonce = () => document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.nonce ?? ''

// what locks the page behind a dialog (react-remove-scroll) writes a style too, and looks for its nonce there
Object.assign(globalThis, { __webpack_nonce__: nonce() })
