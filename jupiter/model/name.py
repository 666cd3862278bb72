"""Shared names: what many briefings may want of one file at once, an import or an entry of `__all__`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from jupiter.model.base import Model

_NAME = r"^[^\W\d]\w*$(?!\n)"
_MODULE = r"^(\.+([^\W\d]\w*(\.[^\W\d]\w*)*)?|[^\W\d]\w*(\.[^\W\d]\w*)*)$(?!\n)"


class ImportedName(Model):
    """`from module import name as alias`; without `name`, `import module as alias`.

    `module` may begin with dots, `name` may be `*`. `typing` says that only annotations need it, so
    that it stands under `if TYPE_CHECKING:`.
    """

    kind: Literal["import"] = "import"
    module: Annotated[str, Field(pattern=_MODULE, max_length=200)]
    name: Annotated[str, Field(pattern=rf"^\*$(?!\n)|{_NAME}", max_length=200)] | None = None
    alias: Annotated[str, Field(pattern=_NAME, max_length=200)] | None = None
    typing: bool = False

    @model_validator(mode="after")
    def _is_an_import(self) -> ImportedName:
        if self.name == "*" and (self.alias is not None or self.typing):
            raise PydanticCustomError("star", "a star import has no alias, and no place in typing")
        if self.name is None and self.module.startswith("."):
            raise PydanticCustomError("relative", "a relative import names what it imports")
        return self

    @property
    def binds(self) -> str:
        """The name that it binds; of `import a.b` that is `a`."""
        return self.alias or self.name or self.module.partition(".")[0]


class ExportedName(Model):
    """An entry of `__all__`."""

    kind: Literal["export"] = "export"
    name: Annotated[str, Field(pattern=_NAME, max_length=200)]


SharedName = Annotated[ImportedName | ExportedName, Field(discriminator="kind")]


def written(name: ImportedName | ExportedName) -> str:
    """A shared name as a person would write it."""
    match name:
        case ExportedName():
            return f"{name.name} in __all__"
        case ImportedName():
            what = (
                f"from {name.module} import {name.name}" if name.name else f"import {name.module}"
            )
            alias = f" as {name.alias}" if name.alias else ""
            return f"{what}{alias}{' if TYPE_CHECKING' if name.typing else ''}"
