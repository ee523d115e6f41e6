"""Runs statements in one psycopg connection: a JSON array a line on stdin, a JSON answer a line on stdout."""

import ctypes.util
import json
import pathlib
import sys

wheels, libpq, url = sys.argv[1:]
sys.path[:0] = [str(wheel) for wheel in sorted(pathlib.Path(wheels).glob("*.whl"))]
find_library = ctypes.util.find_library
ctypes.util.find_library = lambda name: libpq if name == "pq" else find_library(name)

import psycopg  # noqa: E402
from psycopg.rows import dict_row  # noqa: E402


def execute(connection, sql, values):
    try:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        diag = error.diag
        return {
            "error": {
                "sqlstate": error.sqlstate,
                "message": diag.message_primary,
                "detail": diag.message_detail,
                "hint": diag.message_hint,
            }
        }


def isolate(connection, level):
    connection.isolation_level = psycopg.IsolationLevel[level]


with psycopg.connect(url, row_factory=dict_row) as connection:
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if name == "execute":
            answer = execute(connection, *arguments)
        elif name == "isolate":
            answer = isolate(connection, *arguments)
        else:
            answer = {"commit": connection.commit, "rollback": connection.rollback}[name]()
        print(json.dumps(answer), flush=True)
