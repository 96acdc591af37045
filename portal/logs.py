"""What every line of the program's log says beside its message."""

import logging

from tenants.acting import now_acting


class RequestFilter(logging.Filter):
    """Put the id of the request that is being answered into the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, with its request."""
        request_id = now_acting().request_id
        record.request = f"[{request_id}] " if request_id else ""
        return True
