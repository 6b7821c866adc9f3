"""What a pull request changed, what came of it, and whether to believe it: from two revisions in Git alone.

`revisions` reads, `changes` and `data` say what changed, `pairing` brings the predictions of both together, `measures`,
`statistics`, `noise` and `verdicts` decide, `trust` and `staleness` doubt, `comparison` calls them in turn, `markdown`,
`page` and `machine` write. The method and its proof: docs/review_statistics.md.
"""
