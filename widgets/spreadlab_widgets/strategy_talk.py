"""What the page of a strategy form asks for, and what it is asked before anything is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab_widgets.strategy_files import FileChangedError, FileTakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab_widgets.strategy_form import StrategyForm


class StrategyTalk:
    """Does what the page says, through the form's own methods.

    Parameters
    ----------
    form : StrategyForm
        Whose page it is.
    """

    def __init__(self, form: StrategyForm) -> None:
        self._form = form

    def hear(self, content: dict[str, Any]) -> None:
        """Take a message of the page: a ``kind`` and, for some, the ``name`` of a file."""
        form, kind, name = self._form, content.get("kind"), str(content.get("name", ""))
        if kind == "files":
            form.list_files()
        elif kind == "open":
            self._unless_changed(f"Open {name}.toml", lambda: form.load(name))
        elif kind == "new":
            self._unless_changed("Begin anew", form.new)
        elif kind == "save":
            self._save()
        elif kind == "save_as":
            self._save_as(name)
        elif kind == "delete" and form.file:
            self._delete()
        elif kind == "refresh":
            form.refresh()
        elif kind == "copied":
            form.count()

    def _unless_changed(self, label: str, action: Callable[[], None]) -> None:
        if not self._form.changed:
            action()
            return
        self._form.controls.ask(
            "What was changed is not saved, and would be lost.",
            {"discard": (f"{label}, drop the changes", action)},
        )

    def _save(self) -> None:
        form = self._form
        try:
            form.save()
        except FileChangedError:
            name = form.file
            form.controls.ask(
                f"{name}.toml was changed on disk since it was opened.",
                {
                    "reopen": ("Open what is on disk", lambda: form.load(name)),
                    "replace": ("Replace it by mine", lambda: form.save(replace=True)),
                },
            )

    def _save_as(self, name: str) -> None:
        form = self._form
        try:
            form.save_as(name)
        except (FileTakenError, FileChangedError):
            file = form.folder.file(name).name
            form.controls.ask(
                f"{file} is there already.",
                {"replace": ("Replace it", lambda: form.save_as(name, replace=True))},
            )

    def _delete(self) -> None:
        form = self._form
        note = " It was changed on disk since it was opened." if form.changed_on_disk else ""
        form.controls.ask(f"Delete {form.file}.toml?{note}", {"delete": ("Delete it", form.delete)})
