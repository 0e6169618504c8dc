// The web-standard globals that every JavaScript runtime has and that the pure packages use.
// No other global exists here: `Buffer`, `process` or `document` is a compile error.
declare class TextDecoder {
  constructor(encoding?: "utf-8" | "latin1", options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean })
  decode(input?: Uint8Array, options?: { readonly stream?: boolean }): string
}
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>
  encodeInto(source: string, destination: Uint8Array): { readonly read: number; readonly written: number }
}
