"""Flask behind its ProxyFix, as its documentation has it: python3 flask_app.py PORT.

Answers with the route that was chosen and what Flask has made of the request.
"""

import sys

from flask import Flask, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

app = Flask(__name__, static_folder=None)
# One proxy in front, Envoy, which is believed.
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)


@app.route("/exact", methods=METHODS, strict_slashes=False)
@app.route("/finance/<path:rest>", methods=METHODS)
@app.route("/", methods=METHODS, defaults={"rest": ""})
@app.route("/<path:rest>", methods=METHODS)
def answer(rest=""):
    return jsonify(
        method=request.method,
        route=request.url_rule.rule,
        path=request.path,
        host=request.host,
        headers=list(request.headers.items()),
        server={name: value for name, value in request.environ.items() if isinstance(value, str)},
    )


app.run("127.0.0.1", int(sys.argv[1]))
