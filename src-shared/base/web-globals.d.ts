/** The web standards both Node and the window have; `src-shared` may use these and nothing else of either. */
declare class URL {
  constructor(url: string);
  readonly protocol: string;
  readonly hostname: string;
  readonly href: string;
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean });
  decode(bytes: Uint8Array): string;
}

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
