import { LANGUAGE_FEATURES, type LanguageFeature } from '../../protocol/lsp.ts';

/** Extensions that bring a language server for Dockerfiles, and what it offers. */
const OTHERS: Readonly<Record<string, readonly LanguageFeature[]>> = {
  'ms-azuretools.vscode-docker': LANGUAGE_FEATURES,
  'ms-azuretools.vscode-containers': LANGUAGE_FEATURES,
  'rcjsuen.vscode-docker-languageserver': LANGUAGE_FEATURES,
  'docker.docker': [
    'completion',
    'hover',
    'definition',
    'highlights',
    'rename',
    'symbols',
    'formatting',
    'links',
    'semanticTokens',
  ],
};

/** What the extensions with these ids offer for Dockerfiles already. */
export function featuresOfOthers(ids: readonly string[]): LanguageFeature[] {
  const found = new Set(ids.flatMap((id) => OTHERS[id.toLowerCase()] ?? []));
  return LANGUAGE_FEATURES.filter((feature) => found.has(feature));
}
