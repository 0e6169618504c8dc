/** 127.0.0.0/8, ::1 and their name: addresses that only this machine reaches. */
export const isLoopback = (address: string): boolean => /^(127\.|::1$|localhost$|::ffff:127\.)/i.test(address)
