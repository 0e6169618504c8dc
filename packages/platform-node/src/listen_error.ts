/** What a system error at opening a port means, and what to do. */
import { ListenError } from "@ctid/core/connection/connection"

const advice = (code: string, address: string, port: number): string => {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} on ${address} is already in use: stop the program that holds it ("ss -ltnp" shows it), or choose another port`
    case "EACCES":
      return `port ${port} on ${address} is not permitted: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one`
    case "EADDRNOTAVAIL":
      return `this machine has no address ${address}: use one of its own, 127.0.0.1 for this machine only, or 0.0.0.0 for all`
    case "EAFNOSUPPORT":
      return `addresses like ${address} are switched off on this machine: use an IPv4 address`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name ${address} cannot be resolved: correct it, or write an address`
    case "EMFILE":
    case "ENFILE":
      return `port ${port} on ${address} cannot be opened: too many open files; raise the limit ("ulimit -n")`
    case "ERR_SOCKET_BAD_PORT":
      return `${port} is no port: use 0 (any free one) to 65535`
    default:
      return `port ${port} on ${address} cannot be opened (${code})`
  }
}

/** `ListenError` for what `node:net` reports. */
export const listenError = (cause: unknown, options: { readonly address: string; readonly port: number }): ListenError => {
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "UNKNOWN"
  return new ListenError({
    address: options.address,
    port: options.port,
    code,
    message: advice(code, options.address, options.port)
  })
}
