"""Dialogues kept between requests, in the event store, for a time."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from genrec.events import SESSIONS, EventStore

LIVES = 24 * 3600
"""Seconds a dialogue is kept after its last turn."""


@dataclass(frozen=True, slots=True)
class Session:
    """A state as text, and for which user it is, where it is for one."""

    state: str
    user_id: str | None


class Sessions:
    """States of dialogues as text, by the ids that clients chose.

    Args:
        store: beside whose events they lie; forgetting a user there deletes their sessions too.
        lives: seconds after which a session that nobody went on with is gone.
    """

    def __init__(self, store: EventStore, *, lives: int = LIVES) -> None:
        self._store, self._lives = store, lives

    def get(self, session_id: str, *, now: int) -> Session | None:
        """A session; None where there is none, or no longer.

        Raises:
            DataError: the store cannot be used.
        """
        asked = select(SESSIONS.c.state, SESSIONS.c.user_id).where(
            SESSIONS.c.session_id == session_id, SESSIONS.c.expires > now
        )
        with self._store.transaction(writes=False) as connection:
            row = connection.execute(asked).first()
        return None if row is None else Session(row.state, row.user_id)

    def put(self, session_id: str, state: str, *, user_id: str | None, now: int) -> None:
        """Keep a state in place of the session's last one, and drop sessions that have ended.

        Raises:
            DataError: the store cannot be written.
        """
        values = {"state": state, "user_id": user_id, "expires": now + self._lives}
        with self._store.transaction(writes=True) as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires <= now))
            changed = connection.execute(
                update(SESSIONS).where(SESSIONS.c.session_id == session_id).values(values)
            )
            if not changed.rowcount:
                connection.execute(insert(SESSIONS).values(session_id=session_id, **values))
