export * from "./ami_message.ts"
export * from "./ami_transport.ts"
