// What the scripts tell the person who runs them: a line for each thing done, with the time it took.

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export function say(line) {
  console.log(`${paint('1;34', '•')} ${line}`);
}

/** Something that could not be done, and what that costs. */
export function warn(line) {
  console.log(`${paint('1;33', '!')} ${line}`);
}

export function heading(line) {
  console.log(`\n${paint('1', line)}`);
}

/** Gives the seconds since `from`, for people: `12 s`. */
export function since(from) {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}
