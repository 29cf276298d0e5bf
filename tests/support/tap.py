"""How an integration test says what it found: one line a sentence, counted by tests/run."""

from __future__ import annotations


class Tap:
    def __init__(self) -> None:
        self.failed = 0

    def ok(self, sentence: str) -> None:
        print(f"ok - {sentence}", flush=True)

    def not_ok(self, sentence: str, why: object) -> None:
        self.failed += 1
        print(f"not ok - {sentence}: {' '.join(str(why).split())}", flush=True)

    def check(self, is_so: bool, sentence: str, why: object = "it is not so") -> bool:
        if is_so:
            self.ok(sentence)
        else:
            self.not_ok(sentence, why)
        return is_so

    def skip(self, sentence: str, why: str) -> None:
        print(f"SKIPPED: {sentence}: {why}", flush=True)

    def note(self, text: str) -> None:
        print(f"# {text}", flush=True)

    @property
    def exit_code(self) -> int:
        return 1 if self.failed else 0
