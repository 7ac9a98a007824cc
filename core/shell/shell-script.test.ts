import { describe, expect, it } from 'vitest';
import { ShellReader } from './shell-script.ts';

describe('what is remembered of scripts', () => {
  it('is bounded, and what is asked for again stays', () => {
    const read: string[] = [];
    const reader = new ShellReader((script) => {
      read.push(script);
      return { type: 'program', named: true, start: 0, end: script.length, children: [] };
    }, 8);
    for (const script of ['aa', 'bb', 'aa', 'cc', 'aa', 'dd', 'aa']) reader.read(script);
    expect(read).toEqual(['aa', 'bb', 'cc', 'dd']);
    for (const script of ['ee', 'ff', 'bb']) reader.read(script);
    expect(read).toEqual(['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'bb']);
  });
});
