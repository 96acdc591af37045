"""The one way in which reading a file can fail."""

from forecasting.words import Said


class Unreadable(Exception):
    """A file (or what was said about it) that cannot be turned into rows; `said` tells the person why.

    `detail` is for the log of the operator, never for a page.
    """

    def __init__(self, said: Said, detail: str = "") -> None:
        super().__init__(str(said))
        self.said = said
        self.detail = detail
