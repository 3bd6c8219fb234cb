#!/usr/bin/env python3
"""Deploy and operate the integration: `./deploy_integrations_solution.py --help`."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the python3 of Amazon Linux 2023 is 3.9
    sys.exit("Python 3.11 or newer is needed, this is %d.%d. Try: python3.13 " % sys.version_info[:2] + sys.argv[0])  # noqa: UP031 - older Pythons read this line
if (here := os.path.dirname(os.path.realpath(__file__))) not in sys.path:  # noqa: PTH120 - pathlib takes a tenth of `--help`; PYTHONSAFEPATH and -I leave it out
    sys.path.insert(0, here)
try:
    from integration.operations.app import main
except ModuleNotFoundError as missing:
    needed = "requirements-change.lock" if sys.argv[1:2] == ["change"] else "requirements.lock"
    sys.exit(f"The Python package {missing.name} is missing. Run: {sys.executable} -m pip install -r {needed}")

if __name__ == "__main__":
    main()
