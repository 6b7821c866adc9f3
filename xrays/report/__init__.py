"""The page that a clinician reads, and the model card: everything from files of earlier stages, nothing computed anew.

`facts` reads them and shortens the numbers, `sentences` says what they mean, `participants` who was studied, `overlays`
draws where the network looked, `page` fills the two templates.
"""
