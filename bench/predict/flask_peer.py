"""The peer that the ancestor of this system was: a Flask application that unpickles its model for every request.

predict_flask.py MODEL PORT                       the ancestor's way, with Flask's own server
gunicorn 'predict_flask:once("MODEL")'            the model loaded once, with a server for production
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, request

from bench.predict import peer as predict_peer


def application(model: Callable[[], Any]) -> Flask:
    app = Flask(__name__)

    @app.get("/ping")
    def ping() -> str:
        return "ok"

    @app.post("/predict")
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
