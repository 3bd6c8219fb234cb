"""A child that warns and is ready in one breath; it ends with its input."""

import os
import sys

os.write(1, b'a warning\n{"ready": true}\n')
sys.stdin.read()
