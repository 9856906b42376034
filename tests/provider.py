"""A provider of keys over HTTPS, on loopback, that behaves as badly as it is told to."""
import http.server
import json
import os
import secrets
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse

import hooked
from hublet import free_port

MASTER = "master-key-canary"
DESCRIPTION = {
    "networks": ["127.0.0.0/8"], "seconds": 1,
    "create": {"method": "POST", "url": "%s/v1/keys",
               "headers": {"Authorization": "Bearer {{with.key}}"},
               "json": {"name": "vaultd {{rotation}}", "scopes": ["{{parameters.scope}}"]},
               "pending": {"key": "/key/secret", "key_id": "/key/id"}},
    "find": {"method": "GET", "url": "%s/v1/keys?of={{rotation}}",
             "headers": {"Authorization": "Bearer {{with.key}}"},
             "list": "/keys", "where": {"/name": "vaultd {{rotation}}"},
             "pending": {"key": "/secret", "key_id": "/id"}},
    "test": {"method": "GET", "url": "%s/v1/me",
             "headers": {"Authorization": "Bearer {{pending.key}}"}},
    "revoke": {"method": "DELETE", "url": "%s/v1/keys/{{revoked.key_id}}",
               "headers": {"Authorization": "Bearer {{with.key}}"}}}


def describe(base, **more):
    """The description of a provider at that address, as text; None takes a call away."""
    calls = {name: call for name, call in {**DESCRIPTION, **more}.items() if call is not None}
    return json.dumps(calls).replace("%s", base)


class Provider:
    def __init__(self, host="127.0.0.1", names="IP:127.0.0.1,DNS:localhost"):
        self.port, self.root = free_port(), hooked.scratch()
        self.ca = os.path.join(self.root, "server.pem")
        self.base = "https://%s:%d" % (host, self.port)
        self.keys, self.requests, self.next = {}, [], []  # next: how the next creates go
        self.tells, self.remembers, self.replies = False, False, {}
        self.redirect, self.reply = "/", None  # of the paths /loop and /told
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=provider", "-addext", "subjectAltName=" + names, "-keyout",
                        os.path.join(self.root, "server.key"), "-out", self.ca],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, os.path.join(self.root, "server.key"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.provider = self
        self.server.handle_error = lambda *_: None  # a caller that hangs up is no error
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def description(self, **more):
        return describe(self.base, ca=self.ca, **more)

    def make(self, name):
        key = {"id": "k%d" % (len(self.keys) + 1), "secret": secrets.token_hex(16), "name": name,
               "valid": True}
        self.keys[key["id"]] = key
        return key

    def valid(self):
        return [key for key in self.keys.values() if key["valid"]]

    def remove(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.root, ignore_errors=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None, headers=None, raw=None):
        body = raw if raw is not None else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        provider = self.server.provider
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        provider.requests.append((self.command, self.path, dict(self.headers), body))
        path = urllib.parse.urlsplit(self.path).path
        if path == "/loop":
            return self.answer(302, headers={"Location": provider.redirect})
        if path == "/told":
            return self.answer(200, provider.reply)
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if path == "/v1/me":
            known = any(key["secret"] == bearer for key in provider.valid())
            return self.answer(200 if known else 401, {"echo": bearer})
        if bearer != MASTER:
            return self.answer(401, {"echo": bearer})
        if self.command == "GET":
            return self.answer(200, {"keys": [
                {name: key[name] for name in ("id", "name") + ("secret",) * provider.tells}
                for key in provider.valid()]})
        if self.command == "DELETE":
            key = provider.keys.get(path.rsplit("/", 1)[1])
            if key is None or not key["valid"]:
                return self.answer(404)
            key["valid"] = False
            return self.answer(204)
        return self.create(provider, json.loads(body),
                           provider.next.pop(0) if provider.next else "well")

    def create(self, provider, wish, how):
        once = self.headers.get("Idempotency-Key")
        if how == "refuses":
            return self.answer(403, {"echo": MASTER})
        if how == "fails":
            return self.answer(500)
        if provider.remembers and once in provider.replies:
            key = provider.replies[once]
        else:
            key = provider.replies[once] = provider.make(wish["name"])
        if how == "fails late":
            return self.answer(500, {"echo": key["secret"]})
        if how == "answers late":
            time.sleep(1.6)
        if how == "hangs":
            time.sleep(4)
        if how in ("hangs", "hangs up"):
            self.close_connection = True
            return self.connection.close()
        if how == "babbles":
            return self.answer(200, raw=b"<html>" + key["secret"].encode())
        if how == "nests":
            return self.answer(200, raw=b"[" * 60000)
        if how == "floods":
            self.send_response(200)
            self.end_headers()
            for _ in range(1 << 12):
                self.wfile.write(b"x" * (1 << 12))
            self.close_connection = True
            return None
        return self.answer(201, {"key": {"id": key["id"], "secret": key["secret"]}})

    do_GET = do_POST = do_PUT = do_DELETE = serve
