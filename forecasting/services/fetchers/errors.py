"""What a person can do about a shop that does not answer as it should."""

from forecasting.words import Said, say


class FetchError(Exception):
    """The shop cannot be fetched from; `said` tells why and what to do. final: trying again changes nothing."""

    def __init__(self, said: Said, *, final: bool = True) -> None:
        super().__init__(str(said))
        self.said = said
        self.final = final


def refused(status: int) -> FetchError:
    """Say that the shop does not take the key."""
    return FetchError(
        say("The shop refuses the key (%(status)d). Make a new one that may read products and orders.", status=status)
    )


def unreachable() -> FetchError:
    """Say that the shop does not answer now."""
    return FetchError(
        say("The shop does not answer. What was fetched is kept; the next turn goes on from there."), final=False
    )
