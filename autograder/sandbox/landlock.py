"""Landlock: a process gives up files for good, without privilege.

Three system calls by ctypes. The bindings there are (py-landlock, sandlock) are each one young release of one
author, larger than this file, and would be trusted with everything; libseccomp has no such gap.
"""

import ctypes
import os
import sys

OLDEST = 3  # Linux 6.2: the first that also keeps files from being truncated
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_QUIET_FLAG = 1  # ABI 7: refused accesses aren't written to the system's log, which a loop could fill
_PATH_BENEATH = 1

# access rights, by bit
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << n for n in range(6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE, IOCTL_DEV = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
READ = READ_FILE | READ_DIR
# No links, sockets, pipes or devices can be made, and nothing can be executed.
READ_WRITE = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract unix sockets, signals

FEATURES = {3: "files", 4: "TCP", 5: "devices", 6: "signals and abstract sockets", 7: "quiet refusals"}

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("directory", ctypes.c_int32)]


def _call(number, *arguments):
    result = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def abi():
    """The version of Landlock that this kernel offers; 0 for none."""
    try:
        return _call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    except OSError:
        return 0


def restrict(rules):
    """Leave this process the files in `rules`, pairs of a path and its access rights, and no others. For good.

    Paths that don't exist are left out. Everything the kernel can also restrict is given up: TCP, device
    controls, signals and abstract sockets beyond this process. Needs no_new_privs. Raises OSError.
    """
    version = abi()
    handled = (1 << (16 if version >= 5 else 15)) - 1
    attributes = _Ruleset(handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call(_CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path, access in rules:
            _allow(ruleset, path, access & handled)
        _call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(_QUIET_FLAG if version >= 7 else 0))
    finally:
        os.close(ruleset)


def _allow(ruleset, path, access):
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        rule = _PathBeneath(access, descriptor)
        try:
            _call(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
        except OSError:  # a file can't have the rights of a directory
            rule.access &= _FOR_FILES
            _call(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)
