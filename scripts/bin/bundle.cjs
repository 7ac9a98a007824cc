// What npm links as commands: a clone has no dist/ yet, and npm makes no link to a file that is not there.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

/** Runs a program of dist/, which is built first where it is missing. */
function load(program) {
  const file = path.join(root, 'dist', program);
  // Standard output is the program's.
  const build = [path.join(root, 'scripts', 'build.mjs')];
  if (!existsSync(file)) spawnSync(process.execPath, build, { stdio: ['ignore', 2, 2] });
  if (existsSync(file)) require(file);
  else {
    console.error(`lapstrake: ${file} is missing and could not be built: try npm run build in ${root}`);
    process.exitCode = 1;
  }
}

module.exports = { load };
