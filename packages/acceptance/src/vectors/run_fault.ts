/** The run of a vector could not go on; the message says why. The vector has failed. */
export class RunFault extends Error {}
