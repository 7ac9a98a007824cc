/** Writes the packaged extension to `file` from what is built, and gives `file`. */
export function packageExtension(file: string): Promise<string>;
