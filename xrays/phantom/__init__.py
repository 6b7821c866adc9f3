"""Synthetic chest radiographs: the project's embedded data set, drawn from a seed.

`write` makes a folder that looks just like the Kaggle archive of CoronaHack, quirks included
(misspelt labels, index gaps, duplicates, unreadable files), with no picture of any person in it.

One module a step, in the order in which a picture comes about:
`presets` (the two sites, the planted shortcuts, who goes where) -> `people` (patients and visits) ->
`quirks`, `cohort` (who is in the archive), `external` (who is not) -> `names` -> `anatomy`,
`skeleton`, `vessels`, `views` (thickness maps in cm) -> `disease` (opacities) -> `acquisition`
(positioning, Beer-Lambert, noise, film) -> `encoding` (bytes of a file) -> `archive` (the tree, its
tables and masks). `contact_sheet` shows it all on one page, `site_sheet` the shortcuts.

A picture depends on nothing but (seed, site, patient, visit): neither on the number of
patients, nor on the order of drawing, nor on the number of processes.
"""

from xrays.phantom.archive import write

__all__ = ["write"]
