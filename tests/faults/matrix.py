"""The numbered lines of the matrix, and which of them have no test, with the reason."""

LINES = {
    1: "no network", 2: "401, 403", 3: "404", 4: "429 with Retry-After", 5: "500 and 503, then 200", 6: "body cut",
    7: "server ignores Range", 8: "wrong bytes", 9: "a web page instead of the zip", 10: "server or body hangs",
    11: "spoilt partial archive in the client's cache", 12: "kill -9 while downloading", 13: "kill -9 while unpacking",
    14: "two downloads at once", 15: "zip entries that climb out, collide, are links or encrypted", 16: "zip bomb",
    17: "another version of the data set", 18: "version that is not pinned", 19: "disk full while downloading",
    20: "cache folder that cannot be written", 21: "malformed kaggle.json",
    22: "metadata: missing, renamed or extra column", 23: "metadata: empty, header only",
    24: "metadata: shifted columns", 25: "metadata: semicolons", 26: "metadata: byte order mark, CRLF", 27: "metadata: Latin-1, NUL, quoted newline",
    28: "picture names that are paths", 29: "named but absent, present but unnamed", 30: "a name twice",
    31: "label unknown, blank or padded", 32: "Dataset_type unknown", 33: "a class is empty", 34: "names NA and 001",
    35: "rows permuted", 36: "picture empty, HTML, truncated or broken", 37: "16-bit picture",
    38: "RGBA, LA, P, CMYK, 1 bit", 39: "EXIF rotation", 40: "too many pixels", 41: "1x1, extreme aspect",
    42: "wrong suffix", 43: "exact duplicates", 44: "constant picture", 45: "picture that may not be read",
    46: "flipped bit that still decodes", 47: "unicode, spaces, long names",
    48: "params: missing, unknown or duplicate key, tab, empty", 49: "params: wrong type", 50: "params: out of range",
    51: "params: shell metacharacters", 52: "params: a secret", 53: "kill -9 in training", 54: "SIGTERM, SIGINT",
    55: "dvc alone is killed", 56: "two dvc repro at once", 57: "foreign or damaged checkpoint",
    58: "checkpoint with a payload", 59: "loss is no number", 60: "out of memory", 61: "worker process killed",
    62: "disk full while writing a checkpoint or the cache", 63: "CUDA asked for but absent",
    64: "other threads or instruction set", 65: "initial weights missing, wrong or offline",
    66: "damaged object in the cache", 67: "missing object in the cache", 68: "damaged object in a remote",
    69: "dvc's rwlock damaged or held by a dead process", 70: "dvc.lock truncated, in conflict or edited",
    71: "an out edited by hand", 72: "a half-made out, committed by force", 73: "run cache of other results",
    74: "linked or read-only work tree, spaces, umask, locale", 75: "other versions of libraries",
    76: "model missing, of another architecture or class order", 77: "one class only to judge",
    78: "no display, no fonts of one's own", 79: "predictions and labels do not match",
}
SECTIONS = {"download": range(1, 22), "metadata": range(22, 36), "pictures": range(36, 48), "params": range(48, 53),
            "stages": range(53, 66), "DVC's state": range(66, 76), "evaluate": range(76, 80)}
EXCUSED: dict[int, str] = {}  # line → the reason why it has no test
