"""Looking for secrets where none may be: in files, in replies, in the memory of processes."""
import base64
import glob
import os
import re


def spellings(value):
    """As it is, in hex, and in base64 wherever it may begin; by these a search goes."""
    raw = value if isinstance(value, bytes) else value.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        yield whole[4 if before else 0:len(whole) // 4 * 4 - 4]


def search(where, data, canaries):
    """[what was found where]"""
    return ["%s in %s" % (name, where) for name, value in canaries.items()
            if any(s in data for s in spellings(value))]


def read_files(*patterns):
    for pattern in patterns:
        for path in glob.glob(pattern):
            with open(path, "rb") as f:
                yield os.path.basename(path), f.read()


def read_memory(pid):
    """Every region of a process that can be read: (its name, its bytes)."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            start, end, rights, name = re.match(
                r"(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)", line).groups()
            if "r" not in rights or name == "[vsyscall]" or name.endswith("/data.mdb"):
                continue
            try:
                memory.seek(int(start, 16))
                yield name, memory.read(int(end, 16) - int(start, 16))
            except OSError:  # a region that is hidden
                yield name, None


def find_in(pids, canaries):
    """([what was found], how many bytes were looked through)"""
    found, size = [], 0
    for pid in pids:
        for name, data in read_memory(pid):
            size += len(data or b"")
            found += search(name or "memory", data or b"", canaries)
    return found, size


def hides(pid):
    """Whether a process has a region that not even root reads."""
    return any("secretmem" in name for name, _ in read_memory(pid))
