// Express, as its documentation has it: node express_app.mjs PORT. Answers with the route that was chosen and what
// Express has made of the request.

import express from 'express';

const app = express();

const answer = (route) => (request, response) =>
  response.json({
    method: request.method,
    route,
    path: decode(request.path),
    // As a handler does that decodes what it got before it reads it as a URL.
    decoded_first: new URL(decode(request.url), 'http://localhost').pathname,
    host: request.hostname,
    headers: request.headers,
  });

function decode(url) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

// Neither the case of a letter nor a slash at the end counts by default.
app.all('/exact', answer('/exact'));
app.all('/report{.:format}', answer('/report'));
app.all('/finance/*rest', answer('/finance'));
app.all('/*rest', answer('other'));

app.listen(Number(process.argv[2]), '127.0.0.1');
