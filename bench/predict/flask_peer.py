"""Peer like the predecessor of this system: a Flask application that unpickles its model for every request.

python -m bench.predict.flask_peer MODEL PORT       as the predecessor did, with Flask's own server
gunicorn 'bench.predict.flask_peer:once("MODEL")'   the model loaded once, with a server for production
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, request

from bench.predict import peer as predict_peer


def application(model: Callable[[], Any]) -> Flask:
    app = Flask(__name__)

    @app.get("/ping")  # type: ignore[untyped-decorator] # Flask is in an environment of its own
    def ping() -> str:
        return "ok"

    @app.post("/predict")  # type: ignore[untyped-decorator]
    def predict() -> dict[str, Any]:
        return predict_peer.answer(model(), predict_peer.frame(request.get_json()["bars"]))

    return app


def once(path: str) -> Flask:
    model = predict_peer.load(path)
    return application(lambda: model)


def main() -> None:
    path, port = sys.argv[1:]
    application(lambda: predict_peer.load(path)).run(host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main()
