export * from "./client_transport.ts"
