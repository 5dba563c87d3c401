"""The one error of reading data files."""

from typing import final


@final
class DataFileError(ValueError):
    """A data file cannot be read; the message is one line that names the file, the place in it and the fault."""

    def __init__(self, message: str) -> None:
        """Say `message` on one line: names of files and the text of other libraries' errors can hold line breaks."""
        super().__init__(" ".join(message.splitlines()))
