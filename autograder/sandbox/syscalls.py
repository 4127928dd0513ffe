"""The system calls that are left to a locked-down process: an allowlist, compiled by libseccomp.

What isn't listed here fails with EPERM, which Python raises as PermissionError. So there is no network; no fork,
no exec and so no multiprocessing or subprocess; no ptrace, process_vm_*, pidfd_* or signals to others; no chown,
links, mount, namespaces, open_by_handle_at or inotify; no priorities, affinities, sessions or process groups; no
shared memory, message queues, memfd or locks in memory, which outlive a process or escape its limits; no
setrlimit, which root could use to raise them; no io_uring, which would do all of this behind a filter's back; no
bpf, perf_event_open, userfaultfd, keyctl, module, clock or reboot calls, which are a kernel's weak spots.
"""

import errno
import os

import pyseccomp as seccomp

ALLOWED = """
# Descriptors that are open. Which files may be opened at all is Landlock's to say.
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range dup dup2 dup3
fsync fdatasync ftruncate fallocate fadvise64 sendfile copy_file_range pipe pipe2 fstat fstatfs fchdir

# Files and folders by name. stat and readlink, which imports need, also answer for what can't be opened.
open openat creat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat statfs getcwd chdir
getdents getdents64 mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 truncate umask

# Its own memory.
mmap munmap mprotect mremap madvise brk msync membarrier

# Its own threads, for BLAS, asyncio and concurrent.futures; clone is below.
futex set_robust_list set_tid_address rseq sched_yield sched_getaffinity sched_getscheduler sched_getparam
sched_get_priority_max sched_get_priority_min gettid getcpu arch_prctl restart_syscall exit exit_group

# Waiting, and signals to itself.
poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd eventfd2 pause
nanosleep clock_nanosleep alarm setitimer getitimer rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending
rt_sigsuspend rt_sigtimedwait sigaltstack wait4 waitid

# Clocks, randomness, and what it may know about itself and the machine.
clock_gettime clock_getres gettimeofday time times getrusage getrandom uname sysinfo getpid getppid getuid geteuid
getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid getrlimit getpriority

# A pair of sockets, connected to each other alone, is how asyncio wakes its loop; what makes and uses it is below.
getsockname getsockopt
"""

# These do nothing and report success: shutil.copy and unpacked archives call them and would fail. Done for real,
# they would work on files that can't be opened: a gradebook could be made unreadable.
PRETENDED = "chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat"

# A file system without extended attributes is what shutil.copy2 is prepared for, a refusal isn't.
NOT_SUPPORTED = """
getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr lremovexattr
fremovexattr
"""

# Its flags lie in memory, where no filter sees them; glibc then takes clone.
MISSING = "clone3"

_THREAD = 0x00010000  # CLONE_THREAD
_NAMESPACES = 0x7E020080  # CLONE_NEW*
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES, _MSG_OOB = 1, 1, 0xF, 1

# Not among them: owners and leases, which send signals, and locks' or pipes' sizes
FCNTL = {
    "F_DUPFD": 0,
    "F_GETFD": 1,
    "F_SETFD": 2,
    "F_GETFL": 3,
    "F_SETFL": 4,
    "F_GETLK": 5,  # sqlite3 locks its files
    "F_SETLK": 6,
    "F_SETLKW": 7,
    "F_DUPFD_CLOEXEC": 1030,
}
IOCTL = {
    "TCGETS": 0x5401,  # isatty
    "TIOCGWINSZ": 0x5413,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIOCLEX": 0x5451,
}
PRCTL = {"PR_SET_NAME": 15, "PR_GET_NAME": 16}  # not PR_SET_PDEATHSIG: it dies with the zygote


def words(text):
    """The names in a commented list."""
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


def build():
    """The filter, less what depends on the process that will load it. Takes some milliseconds: do it once."""
    found = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    found.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)  # 32-bit calls have other numbers
    for names, action in (
        (ALLOWED, seccomp.ALLOW),
        (PRETENDED, seccomp.ERRNO(0)),
        (NOT_SUPPORTED, seccomp.ERRNO(errno.ENOTSUP)),
        (MISSING, seccomp.ERRNO(errno.ENOSYS)),
    ):
        for name in words(names):
            _rule(found, action, name)
    for name, values in (("fcntl", FCNTL), ("ioctl", IOCTL)):
        for value in values.values():
            _rule(found, seccomp.ALLOW, name, seccomp.Arg(1, seccomp.EQ, value))
    for value in PRCTL.values():
        _rule(found, seccomp.ALLOW, "prctl", seccomp.Arg(0, seccomp.EQ, value))
    _rule(found, seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _THREAD | _NAMESPACES, _THREAD))
    # A stream reaches its other end alone; a datagram could be addressed to any socket on the machine.
    _rule(
        found,
        seccomp.ALLOW,
        "socketpair",
        seccomp.Arg(0, seccomp.EQ, _AF_UNIX),
        seccomp.Arg(1, seccomp.MASKED_EQ, _SOCK_TYPES, _SOCK_STREAM),
    )
    # No out-of-band bytes: nothing needs them, and the kernel's code for them has been an attacker's way in.
    inline = seccomp.Arg(3, seccomp.MASKED_EQ, _MSG_OOB, 0)
    _rule(found, seccomp.ALLOW, "sendto", seccomp.Arg(4, seccomp.EQ, 0), inline)
    _rule(found, seccomp.ALLOW, "recvfrom", inline)
    # Limits may be read, and not set.
    _rule(found, seccomp.ALLOW, "prlimit64", seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(2, seccomp.EQ, 0))
    return found


def load(found):
    """Put this process under the filter, for good; signals may go to itself and no one else."""
    own = seccomp.Arg(0, seccomp.EQ, os.getpid())
    _rule(found, seccomp.ALLOW, "kill", own)
    _rule(found, seccomp.ALLOW, "tgkill", own)
    found.load()


def _rule(found, action, name, *arguments):
    """Add a rule. A name that this libseccomp doesn't know stays refused."""
    if seccomp.resolve_syscall(seccomp.system_arch(), name) != -1:
        found.add_rule(action, name, *arguments)
