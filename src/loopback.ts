/** Addresses that only this machine reaches. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** May others reach what listens at this address? Of a name that is not `localhost` nobody knows where it leads. */
export const othersReach = (host: string): boolean => !LOOPBACK.test(host);
