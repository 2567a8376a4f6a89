/** A result that cannot be sent; its message is for the model and for the tool's author. */
export class UnusableResultError extends Error {}
