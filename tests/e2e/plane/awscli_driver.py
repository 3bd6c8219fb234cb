"""In the environment of the public `aws` command line: command lines in, what each printed and its exit code out."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def main():
    told = []
    for words in json.load(sys.stdin):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main(words)
        told.append({"code": code, "out": out.getvalue().strip(), "err": err.getvalue().strip()})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
