/**
 * Whether a `syntax` directive names the frontend whose language is built in: Docker's own, of any version and from any
 * registry.
 */
export function isKnownFrontend(reference: string): boolean {
  return /^(?:dockerfile\.v0|(?:.+\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?)$/.test(reference.trim());
}
