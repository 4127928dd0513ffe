"""What the chapters share: one thread, one figure style, and the builder of the site.

Two threads make the course's small models slower, by a hundred times when the other core is busy. The
libraries read these variables when they are first imported, so they are set here; child processes inherit
them.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
