"""The page that a clinician reads, and the model card: everything from files of earlier stages, nothing computed anew.

`facts` reads them and makes the sentences, `overlays` draws where the network looked, `page` fills the two templates.
"""
