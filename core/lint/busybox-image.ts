import type { RunScript } from './run-scripts.ts';
import type { Section } from './sections.ts';

/** Whether a script's FROM names an image whose programs are BusyBox's: `alpine`, `node:24-alpine`, `some/alpine-arm`, `busybox:1`. */
export function isOfBusyBox({ stage: index }: RunScript, sections: readonly Section[]): boolean {
  const image = sections.find(({ stage }) => stage?.stage.index === index)?.from?.image?.text ?? '';
  return /(?:^|[/:-])alpine(?![a-z])|(?:^|\/)busybox(?![\w-])/.test(image);
}
