"""A Hublet whose vaultd has the memory and the clock that a story gives it (tests/faulty)."""
import mmap
import os
import shutil
import struct

from hublet import BUILD, Hublet

PROGRAM = os.path.join(BUILD, "tests/faulty/vaultd")
ROLES = ("main", "keeper", "gate", "other")


class Faulty(Hublet):
    def __init__(self, **more):
        super().__init__(**more)
        self.program = os.path.join(self.root, "vaultd")
        shutil.copy(PROGRAM, self.program)
        path = os.path.join(self.root, "control")
        with open(path, "wb") as f:
            f.write(bytes(8 * (2 * len(ROLES) + 1)))
        os.chmod(path, 0o666)  # what vaultd has become another user opens it
        with open(path, "r+b") as f:
            self.control = mmap.mmap(f.fileno(), 0)

    def taken(self, role):
        """How many allocations there were in processes of the role."""
        return struct.unpack_from("Q", self.control, 8 * ROLES.index(role))[0]

    def starve(self, role, n):
        """The n-th allocation from now on gets no memory; 0: all get theirs again."""
        at = self.taken(role) + n if n else 0
        struct.pack_into("Q", self.control, 8 * (len(ROLES) + ROLES.index(role)), at)

    def set_clock(self, ahead):
        """The wall clock is so many seconds ahead of the machine's."""
        struct.pack_into("q", self.control, 8 * 2 * len(ROLES), ahead)
