import type { Token } from '../../dockerfile/ast.ts';
import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

/** An image from a registry that the project does not trust: hadolint's DL3026. */
export const untrustedRegistry = hadolintRule(
  {
    id: 'untrusted-registry',
    code: 'DL3026',
    title: 'Images come from trusted registries',
    severity: 'error',
    looksAt: ['FROM', 'COPY', 'RUN'],
    runs: ['from'],
    docs: {
      why: 'A project that lists its registries wants to know of every image from elsewhere. Says nothing without such a list.',
      bad: '# with trustedRegistries: [registry.example.com]\nFROM elsewhere.example.com/tool:1',
      good: '# with trustedRegistries: [registry.example.com]\nFROM registry.example.com/tool:1',
      fix: { none: 'Which trusted registry has the same image, if any, is known to the project alone.' },
    },
  },
  function* ({ dockerfile, options }) {
    const trusted = options.settings?.trustedRegistries ?? [];
    if (trusted.length === 0) return;
    const stages = new Set<string>();
    for (const outer of dockerfile.instructions) {
      const instruction = outer.kind === 'ONBUILD' ? (outer.trigger ?? outer) : outer;
      const images: (Token | undefined)[] = [];
      if (instruction.kind === 'FROM') images.push(instruction.image);
      else if (instruction.kind === 'COPY') images.push(instruction.from);
      else if (instruction.kind === 'RUN') {
        for (const { fields } of instruction.mounts) images.push(fields.find(({ key }) => key.text === 'from')?.value);
      }
      for (const image of images) {
        if (image === undefined || stages.has(unquoted(image.text).toLowerCase())) continue;
        if (/^\d+$/.test(image.text) || isTrusted(unquoted(image.text), trusted)) continue;
        yield {
          message: `${image.text} comes from no registry that this project trusts`,
          range: image.range,
          at: outer.node,
        };
      }
      if (outer.kind === 'FROM' && outer.stage) stages.add(outer.stage.text.toLowerCase());
    }
  },
);

const HUB = ['docker.io', 'hub.docker.com'];

function isTrusted(image: string, trusted: readonly string[]): boolean {
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (!hasRegistry) return image === 'scratch' || trusted.some((each) => HUB.some((hub) => matches(each, hub)));
  return trusted.some((each) => matches(each, first));
}

function matches(pattern: string, registry: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return registry.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? registry.startsWith(pattern.slice(0, -1)) : registry === pattern;
}
