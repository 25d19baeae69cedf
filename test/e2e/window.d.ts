/** The bridge of the window under test. */
interface Window {
  readonly suar: import('#shared/contract/ipc.ts').SuarBridge;
}
