/** The part of Trusted Types (W3C) that the worker entry needs; TypeScript's DOM library does not carry it yet. */
interface Window {
  readonly trustedTypes?: { readonly createPolicy: (name: string, rules: { readonly createScriptURL: (url: string) => string }) => { readonly createScriptURL: (url: string) => URL } };
  readonly suar: import('#shared/contract/ipc.ts').SuarBridge;
}
