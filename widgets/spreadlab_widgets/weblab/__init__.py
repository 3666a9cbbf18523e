"""The web lab: a page of its own for those who open no notebook.

`serve` is the web server of ``spreadlab lab``, which starts a kernel for every page; `page` is what
such a kernel shows.
"""
