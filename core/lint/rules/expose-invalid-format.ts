import { type ExposedWord, exposedWords } from '../exposed-word.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';

/** `EXPOSE 8080:80`: the host's side is chosen when a container is run. */
export const exposeInvalidFormat: Rule = {
  id: 'expose-invalid-format',
  code: 'ExposeInvalidFormat',
  title:
    'IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'EXPOSE takes the container’s port alone: addresses and ports of the host belong to docker run.',
    bad: 'FROM nginx:1.29\nEXPOSE 8080:80',
    good: 'FROM nginx:1.29\nEXPOSE 80',
    fix: { does: 'Leaves the container’s port.', sameImage: true },
  },
  url: buildKitUrl('expose-invalid-format'),
  *check({ steps }) {
    for (const word of exposedWords(steps)) {
      if (!word.hasHostPart) continue;
      yield {
        message: `EXPOSE instruction should not define an IP address or host-port mapping, found '${word.text}'`,
        range: word.range,
        at: word.at,
        fixes: portAlone(word),
      };
    }
  },
};

function portAlone({ literal, port, protocol }: ExposedWord): Fix[] {
  if (literal === undefined) return [];
  const newText = protocol === '' ? port : `${port}/${protocol}`;
  return [{ title: `Change to ${newText}`, preferred: true, edits: [{ range: literal.range, newText }] }];
}
