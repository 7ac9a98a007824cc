const { mkdir, readFile, rename, writeFile } = require('node:fs/promises');
const path = require('node:path');

const LONGEST = 280;

/** The notes on the board, newest first. With a file they outlive the process; without one they are gone with it. */
class Board {
  #notes = [];
  #next = 1;
  #file;
  #saved = Promise.resolve();

  constructor(file) {
    this.#file = file;
  }

  async open() {
    if (!this.#file) return;
    try {
      this.#notes = JSON.parse(await readFile(this.#file, 'utf8'));
      this.#next = 1 + Math.max(0, ...this.#notes.map((note) => note.id));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }

  list() {
    return this.#notes;
  }

  /** Pins a note and gives it back, or throws a RangeError that says what is wrong with the text. */
  async pin(text, author) {
    const body = String(text ?? '').trim();
    if (body === '') throw new RangeError('A note needs some text.');
    if (body.length > LONGEST) throw new RangeError(`A note holds at most ${LONGEST} characters.`);
    const note = {
      id: this.#next++,
      text: body,
      author: String(author ?? '').trim() || 'anonymous',
      at: new Date().toISOString(),
    };
    this.#notes.unshift(note);
    await this.#save();
    return note;
  }

  /** Takes a note down; false where there is none with this id. */
  async unpin(id) {
    const at = this.#notes.findIndex((note) => note.id === id);
    if (at === -1) return false;
    this.#notes.splice(at, 1);
    await this.#save();
    return true;
  }

  #save() {
    this.#saved = this.#saved.then(async () => {
      if (!this.#file) return;
      await mkdir(path.dirname(this.#file), { recursive: true });
      await writeFile(`${this.#file}.new`, JSON.stringify(this.#notes));
      await rename(`${this.#file}.new`, this.#file);
    });
    return this.#saved;
  }
}

module.exports = { Board };
