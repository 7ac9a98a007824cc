const { createServer } = require('node:http');
const { readFile } = require('node:fs/promises');
const path = require('node:path');
const { Board } = require('./lib/board.js');

const PORT = Number(process.env.PORT ?? 8080);
const BODY_LIMIT = 16 * 1024;
const PAGES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/board.css': ['board.css', 'text/css; charset=utf-8'],
  '/board.js': ['board.js', 'text/javascript; charset=utf-8'],
};

const board = new Board(process.env.BOARD_FILE);

function send(response, status, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BODY_LIMIT) throw new RangeError('That is too much for one note.');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('The body is not JSON.');
  }
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://board');
  const route = `${request.method} ${pathname}`;
  const page = PAGES[pathname];
  if (page && (request.method === 'GET' || request.method === 'HEAD')) {
    const [file, type] = page;
    const content = await readFile(path.join(__dirname, 'public', file));
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return;
  }
  if (route === 'GET /healthz') return send(response, 200, { status: 'ok', notes: board.list().length });
  if (route === 'GET /api/notes') return send(response, 200, board.list());
  if (route === 'POST /api/notes') {
    const body = await readJson(request);
    return send(response, 201, await board.pin(body?.text, body?.author));
  }
  const one = /^\/api\/notes\/(\d+)$/.exec(pathname);
  if (one && request.method === 'DELETE') {
    return (await board.unpin(Number(one[1])))
      ? send(response, 204)
      : send(response, 404, { error: `There is no note ${one[1]}.` });
  }
  send(response, 404, { error: 'There is nothing here.' });
}

const server = createServer((request, response) => {
  answer(request, response).then(
    () => console.log(`${request.method} ${request.url} ${response.statusCode}`),
    (error) => {
      const known = error instanceof RangeError;
      if (!known) console.error(error);
      send(response, known ? 400 : 500, { error: known ? error.message : 'The board fell off the wall.' });
    },
  );
});

function stop(signal) {
  console.log(`${signal}: closing the board`);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);

board.open().then(() => {
  server.listen(PORT, () => console.log(`Bulletin Board is listening on port ${PORT}`));
});
