/** Names that Microsoft gives its images of Windows, and what stands in the tags of those that others build on them. */
const NAME =
  /^(?:mcr\.microsoft\.com\/(?:.+\/)?windows(?:[/:@]|$)|mcr\.microsoft\.com\/dotnet\/framework\/|winamd64\/)|(?:^|[/:_.-])(?:nanoserver|(?:windows)?servercore)\b/i;

/** Whether a FROM starts from an image of Windows, as far as its words tell: there cmd reads RUN, and paths begin with C:. */
export function isWindowsImage(image: string, platform = ''): boolean {
  return /^windows\b/i.test(platform) || NAME.test(image);
}
