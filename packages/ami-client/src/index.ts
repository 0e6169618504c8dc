export type * from "./ami_client_like.ts"
export * from "./ami_client_transport.ts"
export * from "./from_ami_client.ts"
export { AmiClientUnsupported, loadAmiClient, SUPPORTED_VERSION } from "./supported_client.ts"
