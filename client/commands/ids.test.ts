import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Command } from './ids.ts';

/** The view that shows rows of a kind. */
const VIEWS: Record<string, string> = {
  ...{ container: 'containers', image: 'images', volume: 'volumes', network: 'networks' },
  ...{ registry: 'registries', repository: 'registries', tag: 'registries' },
};
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
const manifest = read('package.json');
const texts: Record<string, string> = read('package.nls.json');

it('is exactly what the manifest contributes', () => {
  const contributed = manifest.contributes.commands.map((command: { command: string }) => command.command);
  expect([...contributed].sort()).toEqual(Object.values(Command).sort());
});

it('uses in menus only commands that exist', () => {
  const used = Object.values(manifest.contributes.menus).flatMap((entries) =>
    (entries as { command: string }[]).map((entry) => entry.command),
  );
  expect(used.filter((command) => !(Object.values(Command) as string[]).includes(command))).toEqual([]);
});

it('has a text for every key of the manifest, and no key without use', () => {
  const used = new Set(
    JSON.stringify(manifest)
      .match(/"%[^%"]+%"/g)
      ?.map((key) => key.slice(2, -2)),
  );
  expect([...used].sort()).toEqual(Object.keys(texts).sort());
});

it('gives a row at most three inline actions in any state', () => {
  const entries: { when: string; group: string }[] = manifest.contributes.menus['view/item/context'];
  for (const row of [
    'container.running',
    'container.running.published',
    'container.exited',
    'container.paused',
    'container.created',
    'image.tagged',
    'volume',
    'network.removable',
    'registry.loggedIn',
    'repository.added',
    'tag',
  ]) {
    const view = `lapstrake.${VIEWS[row.split('.')[0] ?? '']}`;
    const inline = entries.filter(
      ({ when, group }) =>
        group.startsWith('inline') &&
        when.includes(`view == ${view}`) &&
        new RegExp(/viewItem =~ \/(.*)\/$/.exec(when)?.[1] ?? '^$').test(row),
    );
    expect(inline.length, row).toBeLessThanOrEqual(3);
  }
});
