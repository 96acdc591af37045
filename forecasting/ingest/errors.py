"""The one way in which reading a file can fail."""

import zipfile
import zlib

from forecasting.words import Said

# What the standard library raises where an archive is damaged: in its directory, in what is packed, in a part that ends
# too soon, by an offset before the file, by a way of packing that it does not know.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


class Unreadable(Exception):
    """A file (or what was said about it) that cannot be turned into rows; `said` tells the person why.

    `detail` is for the log of the operator, never for a page.
    """

    def __init__(self, said: Said, detail: str = "") -> None:
        super().__init__(str(said))
        self.said = said
        self.detail = detail
