// Stands in for @vscode/spdlog, whose native part would need a compiler: the same log files, written by plain fs.
const { closeSync, mkdirSync, openSync, writeSync } = require('node:fs');
const path = require('node:path');

const NAMES = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
  constructor(_kind, _name, file) {
    this.level = 2;
    this.raw = false;
    mkdirSync(path.dirname(file), { recursive: true });
    this.fd = openSync(file, 'a');
  }
  #write(level, message) {
    if (level < this.level || this.fd === undefined) return;
    const time = new Date().toISOString().replace('T', ' ').slice(0, 23);
    writeSync(this.fd, this.raw ? message : `${time} [${NAMES[level]}] ${message}\n`);
  }
  trace(message) {
    this.#write(0, message);
  }
  debug(message) {
    this.#write(1, message);
  }
  info(message) {
    this.#write(2, message);
  }
  warn(message) {
    this.#write(3, message);
  }
  error(message) {
    this.#write(4, message);
  }
  critical(message) {
    this.#write(5, message);
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {
    this.raw = true;
  }
  flush() {}
  drop() {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}

const create = async (name, file) => new Logger('', name, file);

// One `exports.x =` each: VS Code reads these as the named exports of a CommonJS module.
exports.version = 0;
exports.setLevel = () => undefined;
exports.setFlushOn = () => undefined;
exports.shutdown = () => undefined;
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
