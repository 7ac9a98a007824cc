/** Gives `wanted` where it is free on 127.0.0.1; else any free port with `orAny`, or an error that says it is taken. */
export function freePort(wanted?: number, options?: { readonly orAny?: boolean }): Promise<number>;
