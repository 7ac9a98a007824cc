import type { CommandResult, RealDaemon } from '../engine/real-daemon.ts';
import type { FaultGround } from './ground.ts';
import type { Random } from './random.ts';

/** Something that the daemon is killed during. */
export interface Activity {
  readonly name: string;
  /** References that it may change; `all` for every one that no container uses. */
  readonly touches: readonly string[] | 'all';
  /** What holds of `touches` once it was reported as done. */
  readonly makes: 'present' | 'absent' | 'unsure';
  /** Milliseconds that it takes, until it is known better. */
  readonly usual: number;
  run(daemon: RealDaemon): Promise<CommandResult>;
}

/** The container whose files are committed; it stands on busybox, which so stays. */
export const COMMITTED = 'to-commit';

/** A random activity. Two of each kind work on the same names, so that they move from image to image. */
export function chooseActivity(ground: FaultGround, random: Random): Activity {
  const name = random.of([
    'pull',
    'pull',
    'load',
    'build',
    'build',
    'commit',
    'remove',
    'prune',
    'prune builds',
  ] as const);
  const one = random.below(2);
  const bringing = { name, makes: 'present' as const };
  switch (name) {
    case 'pull': {
      const image = random.of(ground.images);
      return { ...bringing, touches: [image], usual: 700, run: (daemon) => daemon.docker('pull', '-q', image) };
    }
    case 'load':
      return {
        ...bringing,
        touches: [ground.archived],
        usual: 600,
        run: (daemon) => daemon.docker('load', '-q', '-i', ground.archive),
      };
    case 'build': {
      const tag = `built:${one}`;
      const round = `ROUND=${random.below(4)}`;
      const args = ['-q', '-t', tag, '--build-arg', round, ...random.of([[], ['--no-cache']]), ground.context];
      return { ...bringing, touches: [tag], usual: 1500, run: (daemon) => daemon.docker('build', ...args) };
    }
    case 'commit': {
      const tag = `committed:${one}`;
      const message = `round ${random.below(1000)}`;
      return {
        ...bringing,
        touches: [tag],
        usual: 400,
        run: (daemon) => daemon.docker('commit', '-m', message, COMMITTED, tag),
      };
    }
    case 'remove': {
      const image = random.of([...ground.images, ground.archived, `built:${one}`, `committed:${one}`]);
      return { name, touches: [image], makes: 'absent', usual: 200, run: (daemon) => daemon.docker('rmi', image) };
    }
    case 'prune':
      return {
        name,
        touches: 'all',
        makes: 'absent',
        usual: 250,
        run: (daemon) => daemon.docker('image', 'prune', '-a', '-f'),
      };
    case 'prune builds':
      return {
        name,
        touches: [],
        makes: 'unsure',
        usual: 200,
        run: (daemon) => daemon.docker('builder', 'prune', '-a', '-f'),
      };
  }
}
