"""How often, and after which pauses, a shop is asked again: as long as it says, else longer each time."""

from requests import RequestException
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from forecasting.services.fetchers.errors import FetchError, unreachable

TRIES = 8
LONGEST_WAIT = 30.0

__all__ = ["BusyError", "patiently"]


class BusyError(Exception):
    """The shop asks us to wait: so many seconds, or None where it does not say."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


_LONGER = wait_exponential(multiplier=0.5, max=LONGEST_WAIT)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BusyError) and error.seconds is not None:
        return min(LONGEST_WAIT, max(0.1, error.seconds))
    return float(_LONGER(state))


def _give_up(_state: RetryCallState) -> FetchError:
    raise unreachable()


patiently = Retrying(
    retry=retry_if_exception_type((BusyError, RequestException, ValueError)),
    wait=_pause,
    stop=stop_after_attempt(TRIES),
    retry_error_callback=_give_up,
)
