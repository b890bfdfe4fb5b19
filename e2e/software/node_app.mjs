// Node's own http and URL, as small services use them: node node_app.mjs PORT. Answers with what they have made of the
// request; where it asks to become a WebSocket, the same after the handshake, as plain bytes.

import {createHash} from 'node:crypto';
import {createServer} from 'node:http';

// `pairs` holds names and values by turns.
const entries = (pairs) => pairs.flatMap((name, at) => (at % 2 ? [] : [[name, pairs[at + 1]]]));

function seen(request) {
  const url = new URL(request.url, 'http://localhost');
  return {
    method: request.method,
    path: decode(url.pathname),
    pathname: url.pathname,
    host: request.headers.host,
    target: request.url,
    headers: entries(request.rawHeaders),
    trailers: entries(request.rawTrailers),
  };
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    let body;
    try {
      body = JSON.stringify(seen(request));
    } catch {
      // `URL` refuses what looks to it like an authority and is none.
      response.writeHead(400).end();
      return;
    }
    response.writeHead(200, {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)});
    response.end(body);
  });
});

server.on('upgrade', (request, socket) => {
  // RFC 6455 section 4.2.2.
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.end(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
      `sec-websocket-accept: ${accept}\r\n\r\n${JSON.stringify(seen(request))}`,
  );
});

server.listen(Number(process.argv[2]), '127.0.0.1');
