"""Is every byte still what dvc.lock says? DVC does not ask: a read-only file in its cache is trusted unread.

`cache` hashes the objects in DVC's cache, `remote` those in a remote, `outs` what lies in the work tree and chooses the
cheapest repair, `strays` finds what no stage makes, `content` (with `source`, `trained`, `chosen` and `tables`) looks
into outs for what a hash cannot tell, `runs` reads what DVC remembers of earlier runs, `current` compares dvc.lock with
code and params, `tracked` with what Git holds of the outs, `rwlock` is DVC's own lock file.
"""

from xrays.verification.finding import Finding

__all__ = ["Finding"]
