export type { DialOptions, DialTls } from "./dial.ts"
export * from "./node_client_transport.ts"
export * from "./node_listener.ts"
export * from "./node_password_hash.ts"
