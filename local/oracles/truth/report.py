"""What was compared, and each difference in one line."""

from __future__ import annotations

from collections import Counter

#: How many differences of a kind are printed.
PRINTED = 20


def text(value: object) -> str:
    """A value as it is printed."""
    return "null" if value is None else str(value)


class Report:
    """Counts by kind; prints differences as they are found."""

    def __init__(self) -> None:
        self._compared: Counter[str] = Counter()
        self._differences: Counter[str] = Counter()
        self._notes: list[str] = []

    def compared(self, kind: str, number: int = 1) -> None:
        """Counts values of a kind."""
        self._compared[kind] += number

    def difference(self, kind: str, which: str, expected: object, found: object) -> None:
        """Counts a difference and prints it unless there are too many."""
        self._differences[kind] += 1
        if self._differences[kind] <= PRINTED:
            print(f"{kind}: {which}: expected {text(expected)}, found {text(found)}")

    def note(self, note: str) -> None:
        """Adds a line below the summary."""
        self._notes.append(note)

    def close(self) -> int:
        """Prints the summary; the exit code."""
        kinds = list(dict.fromkeys([*self._compared, *self._differences]))
        width = max(map(len, kinds), default=0)
        for kind, number in self._differences.items():
            if number > PRINTED:
                print(f"{kind}: {number:,} differences in total, the first {PRINTED} are printed")
        print(f"\n{'Compared':<{width}}  {'Number':>10}  {'Different':>10}")
        for kind in kinds:
            print(f"{kind:<{width}}  {self._compared[kind]:>10,}  {self._differences[kind]:>10,}")
        for note in self._notes:
            print(note)
        total = self._differences.total()
        print(f"The tables differ from the published files: {total:,} differences" if total else "All is equal.")
        return 1 if total else 0
