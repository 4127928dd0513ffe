"""The whole site as one zip, to be unpacked and read without a network; the same bytes for the same site."""

import zipfile
from pathlib import Path

FOLDER = "training-neural-networks"  # what it unpacks into
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the zip format's first date


def pack(site, target):
    """Write every file of the folder `site` into the zip `target`, whole or not at all; returns `target`."""
    site, target = Path(site), Path(target)
    files = sorted(path for path in site.rglob("*") if path.is_file() and not path.name.startswith("."))
    partial = target.with_name(target.name + ".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{FOLDER}/{path.relative_to(site).as_posix()}", LONG_AGO)
            entry.external_attr = 0o644 << 16  # else some systems unpack files that nobody may read
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    partial.replace(target)
    return target
