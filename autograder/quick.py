"""Import this first, in a process of our own, to spare it a second of start-up.

jsonschema, which nbformat uses, builds a grammar of international web addresses when it is imported, in case a
schema asks for that format. No notebook's schema does, and jsonschema manages without.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
