// asterisk-ami-client 1.1.5 has no types. These are in a file of its own, because programs that use this package see them, too.
declare module "asterisk-ami-client" {
  const AmiClient: import("./ami_client_like.ts").AmiClientConstructor
  export default AmiClient
}
