"""Python's own http.server and urllib.parse, as small services use them: python3 urllib_app.py PORT.

Answers with what they have made of the request.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        body = json.dumps(
            {
                "method": self.command,
                "path": unquote(url.path),
                "host": url.netloc or self.headers["host"],
                "target": self.path,
                "headers": self.headers.items(),
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
