import type { Command } from '../command.ts';
import { build } from './build.ts';
import { buildRecord } from './build-record.ts';
import { commit } from './commit.ts';
import { daemon } from './daemon.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor.ts';
import { exec } from './exec.ts';
import { exportContainer } from './export.ts';
import { history } from './history.ts';
import { images } from './images.ts';
import { importImage } from './import.ts';
import { inspect } from './inspect.ts';
import { layers } from './layers.ts';
import { lint } from './lint.ts';
import { load } from './load.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { logs } from './logs.ts';
import { ps } from './ps.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { rm } from './rm.ts';
import { rmi } from './rmi.ts';
import { run } from './run.ts';
import { save } from './save.ts';
import { stats } from './stats.ts';
import { stop } from './stop.ts';
import { tag } from './tag.ts';
import { top } from './top.ts';

/** All commands, in the order in which the manual lists them. */
export const COMMANDS: readonly Command[] = [
  build,
  buildRecord,
  lint,
  run,
  ps,
  exec,
  logs,
  stats,
  top,
  stop,
  rm,
  commit,
  diff,
  exportContainer,
  inspect,
  images,
  layers,
  history,
  pull,
  push,
  login,
  logout,
  tag,
  save,
  load,
  importImage,
  rmi,
  doctor,
  daemon,
];
