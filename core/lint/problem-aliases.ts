/** Problems that BuildKit or hadolint know as rules. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'no-stage': ['DL3061'],
  'trigger-invalid': ['DL3043'],
  'port-invalid': ['DL3011'],
  'copy-source-ignored': ['CopyIgnoredFile'],
  'copy-destination-invalid': ['DL3021'],
  'stage-circular': ['DL3023'],
};

/** What other tools call a problem. */
export function problemAliases({ code }: { readonly code: string }): readonly string[] {
  return ALIASES[code] ?? [];
}
