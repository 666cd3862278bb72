"""A template of the server's database, migrated and empty: a fresh home is spared the migrations.

It lies in the cache folder under the version of Prefect that made it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from jupiter.system.state import cache_folder

DATABASE = "prefect.db"


def begin_with_template(home: Path) -> bool:
    """Give a home that has no database the template's, if there is one.

    Returns whether the home is still without, so that what the server makes of it is a new template.
    """
    place = home / DATABASE
    if place.exists():
        return False
    if not _template().exists():
        return True
    with tempfile.TemporaryDirectory(dir=home, prefix="template-") as folder:
        copy = shutil.copyfile(_template(), Path(folder, DATABASE))
        copy.chmod(0o600)
        with suppress(FileExistsError):  # another run was faster
            os.link(copy, place)
    return False


def keep_template(home: Path) -> None:
    """Keep the database of a server that is ready, unless it has been told of a flow already.

    That happens where two runs begin at once in a fresh home: one is at work while the other is not
    ready yet.
    """
    template = _template()
    with tempfile.TemporaryDirectory(dir=template.parent, prefix="template-") as folder:
        copy = Path(folder, DATABASE)
        with (
            closing(sqlite3.connect(home / DATABASE)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            is_empty = target.execute("SELECT count(*) FROM flow").fetchone() == (0,)
        if is_empty:
            copy.replace(template)


def _template() -> Path:
    return cache_folder() / f"prefect-{version('prefect')}.db"
