"""The one call of Kubernetes that a vault's login makes: TokenReview, over TLS on loopback.

The vault is real; this stands in for the API server. It answers for tokens that it was told and refuses all others,
as an API server does with a 201 and `authenticated` false.
"""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PATH = "/apis/authentication.k8s.io/v1/tokenreviews"


class TokenReview:
    def __init__(self, certificate: Path, key: Path):
        self.accounts: dict[str, tuple[str, str, str]] = {}  # token: namespace, account, uid
        self.reviewed = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                text = json.dumps(outer.review(self.path, body)).encode()
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def review(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        account = self.accounts.get(body["spec"]["token"]) if path == PATH else None
        self.reviewed += 1
        status: dict[str, Any] = {"authenticated": False, "error": "invalid bearer token"}
        if account:
            namespace, name, uid = account
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
            user = {"username": f"system:serviceaccount:{namespace}:{name}", "uid": uid, "groups": groups}
            # Those of the token that were asked for; without a question, the API server's own.
            audiences = body["spec"].get("audiences") or ["https://kubernetes.default.svc"]
            status = {"authenticated": True, "user": user, "audiences": audiences}
        return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
