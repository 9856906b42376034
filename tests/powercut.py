"""What a power cut leaves on a disk: every change that a process made to its files is recorded, and
any state that the disk may have been in is put together from the record.

What a completed sync covers is there.  Of what came after it, any part may be: pages of a file in
any order, the end of a file that only grows up to any byte, names as far as their directory knew.
"""
import os
import re
import tempfile

from crash import Tracer

PAGE = 4096
CALLS = "openat,lseek,write,writev,pwrite64,pwritev,fdatasync,fsync,renameat,unlinkat"
LINE = re.compile(r"(\d+) +([\d.]+) (?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
PATH = re.compile(r"<((?:\\x[0-9a-f]{2})*)>")


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


class Recorder(Tracer):
    def __init__(self, h):
        self.output = tempfile.NamedTemporaryFile("r")
        self.synced = {}  # descriptors opened with O_DSYNC
        super().__init__(h, ["-ttt", "-y", "-xx", "-s", "16777216", "-e", "trace=" + CALLS],
                         self.output.name)
        for fd in os.listdir("/proc/%d/fdinfo" % self.pid):
            with open("/proc/%d/fdinfo/%s" % (self.pid, fd)) as f:
                flags = int(re.search(r"flags:\t(\d+)", f.read())[1], 8)
            self.synced[int(fd)] = bool(flags & os.O_DSYNC)

    def calls(self):
        """(when, call, arguments, result, thread): at its begin without a result, then with it."""
        begun = {}
        for line in self.output:
            pid, when, resumed, call, rest = LINE.match(line).groups()
            words, _, result = rest.rpartition(" = ")
            if rest.endswith("<unfinished ...>"):
                words, result = rest[:-len("<unfinished ...>")], None
            if resumed:
                call, words = resumed, begun.pop(pid) + words
            else:
                begun[pid] = words
                yield float(when), call, words, None, pid
            if result is not None:
                yield float(when), call, words, result, pid


class Write:
    """Bytes at an offset, on their way to the disk."""

    def __init__(self, offset, data):
        self.offset, self.data, self.done, self.sure = offset, data, False, False

    def onto(self, content):
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset:self.offset + len(self.data)] = self.data

    def part(self, choose):
        """Some of its pages."""
        return [Write(self.offset + at, self.data[at:at + PAGE])
                for at in range(0, len(self.data), PAGE) if choose()]


class File:
    def __init__(self, content=b""):
        self.content, self.writes = bytearray(content), []
        self.size = len(content)

    def write(self, offset, data):
        self.writes.append(Write(offset, data))
        self.size = max(self.size, offset + len(data))
        return self.writes[-1]

    def sync(self, covered):
        for w in covered:
            w.onto(self.content)
        self.writes = [w for w in self.writes if w not in covered]

    def state(self, part):
        """part: of a Write, those that the disk has of it."""
        content = bytearray(self.content)
        for w in self.writes:
            for p in [w] if w.sure else part(w):
                p.onto(content)
        return bytes(content)

    def cut(self, chance):
        """A file that only grows: its end is anywhere after what was synced; its length may have
        come further than its bytes."""
        whole = self.state(lambda w: [w])
        end = chance.randint(len(self.content), len(whole))
        return whole[:end] + bytes(chance.choice((0, chance.randint(0, len(whole) - end))))


class Disk:
    """Files as a process changes them, from what they are now; those of other names are left out."""

    def __init__(self, paths, recorder):
        self.paths, self.synced = paths, dict(recorder.synced)
        self.files, self.renames, self.places, self.under_way = {}, [], {}, {}
        for path in filter(os.path.exists, paths):
            with open(path, "rb") as f:
                self.files[path] = File(f.read())
        self.names = dict(self.files)  # as the disk has them

    # -- what the process does

    def play(self, recorder):
        """Each moment, when something was begun or has ended."""
        for when, call, words, result, pid in recorder.calls():
            path = self.path(words)
            if call == "openat":
                self.open(words, result)
            elif call in ("renameat", "unlinkat"):
                self.rename(path, call, words, result)
            elif path in self.files:
                self.change(self.files[path], call, words, result, pid)
            elif call == "fsync" and result == "0" and path in map(os.path.dirname, self.paths):
                self.names, self.renames = dict(self.files), []
            else:
                continue
            yield when

    @staticmethod
    def path(words):
        found = PATH.search(words or "")
        return unhex(found[1]).decode() if found else ""

    def open(self, words, result):
        path = self.path(result)
        if path not in self.paths:
            return
        fd = int(result.split("<")[0])
        self.synced[fd] = "O_DSYNC" in words
        self.places.pop(fd, None)
        if "O_APPEND" not in words:
            self.places[fd] = 0
        if path not in self.files or "O_TRUNC" in words:
            self.files[path] = self.names[path] = File()

    def rename(self, folder, call, words, result):
        """Known to the disk when the directory is synced."""
        names = [os.path.join(folder, unhex(t).decode()) for t in TEXT.findall(words)]
        if result == "0" and names[0] in self.files:
            self.renames.append((names[0], names[1] if call == "renameat" else None))
            self.turn(self.files, *self.renames[-1])

    @staticmethod
    def turn(names, old, new):
        file = names.pop(old, None)
        if new is not None and file is not None:
            names[new] = file

    def change(self, file, call, words, result, pid):
        fd = int(words.split("<")[0])
        if call in ("fdatasync", "fsync"):
            if result is None:
                self.under_way[pid] = [w for w in file.writes if w.done]
            elif result == "0":
                file.sync(self.under_way.pop(pid))
        elif call == "lseek" and result:
            self.places[fd] = int(result)
        elif "write" in call and result is None:
            data = b"".join(unhex(t) for t in TEXT.findall(words))
            self.under_way[pid] = file.write(self.offset(file, call, fd, words), data)
        elif "write" in call:
            write = self.under_way.pop(pid)
            assert int(result) == len(write.data), (call, result)
            write.done, write.sure = True, self.synced.get(fd, False)
            if not call.startswith("pwrite") and fd in self.places:
                self.places[fd] += len(write.data)

    def offset(self, file, call, fd, words):
        if call.startswith("pwrite"):
            return int(re.search(r", (\d+)\)?$", words.strip())[1])
        return self.places.get(fd, file.size)

    # -- what may be on the disk now

    def states(self, chance, parts):
        """{path: bytes}: all that was written, no more than was synced, and so many parts of it."""
        yield {p: f.state(lambda w: [w]) for p, f in self.files.items()}
        yield {p: f.state(lambda w: []) for p, f in self.names.items()}
        for _ in range(parts):
            yield self.part(chance)

    def part(self, chance):
        names, share = dict(self.names), chance.random()
        for old, new in self.renames[:chance.randint(0, len(self.renames))]:
            self.turn(names, old, new)
        return {p: f.cut(chance) if p.endswith(".log") else
                f.state(lambda w: w.part(lambda: chance.random() < share))
                for p, f in names.items()}
