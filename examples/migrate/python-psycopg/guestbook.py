"""A guest book in PostgreSQL when DATABASE_URL names one, in memory otherwise."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

URL = os.environ.get("DATABASE_URL")
memory: list[str] = []


def connect():
    connection = psycopg2.connect(URL, connect_timeout=3)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS guests (id serial PRIMARY KEY, name text NOT NULL)")
    return connection


def guests() -> list[str]:
    if URL is None:
        return memory
    connection = connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT name FROM guests ORDER BY id")
            return [name for (name,) in cursor]
    finally:
        connection.close()


def sign(name: str) -> None:
    if URL is None:
        memory.append(name)
        return
    connection = connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO guests (name) VALUES (%s)", (name,))
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "ok", "libpq": psycopg2.extensions.libpq_version()})
        elif self.path == "/":
            self.answer(200, {"guests": guests()})
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        sign(self.rfile.read(length).decode()[:100])
        self.answer(201, {"guests": guests()})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "5000"))), Handler).serve_forever()
