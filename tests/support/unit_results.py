"""Reads what Catch2's xml reporter wrote: the cases that passed, failed and were skipped.

Works for version 2 and 3, and for a file that ends early because the program crashed. A case of version 2
skips itself with WARN("SKIPPED: why").
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

CASE = re.compile(r"<TestCase\b([^>]*)>(.*?)(?=<TestCase\b|\Z)", re.DOTALL)
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
RESULT = re.compile(r"<OverallResult\b([^>]*?)/?>")
WARNED_SKIP = re.compile(r"<Warning>\s*SKIPPED:\s*(.*?)\s*</", re.DOTALL)
SKIP = re.compile(r"<Skip\b[^>]*>\s*(.*?)\s*</", re.DOTALL)
FAILURE = re.compile(
    r'<Expression success="false"[^>]*?filename="([^"]*)"\s+line="(\d+)".*?<Original>(.*?)</Original>.*?<Expanded>(.*?)</Expanded>',
    re.DOTALL,
)
EXCEPTION = re.compile(r"<(?:Exception|FatalErrorCondition|Failure)\b[^>]*>(.*?)</", re.DOTALL)


@dataclass
class Results:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read_results(text: str) -> Results:
    results = Results()
    for attributes, body in CASE.findall(text):
        name = html.unescape(dict(ATTRIBUTE.findall(attributes)).get("name", "?"))
        overall = RESULT.search(body)
        told = dict(ATTRIBUTE.findall(overall[1])) if overall else {}
        if not overall:
            results.failed.append(f"{name}: the program ended in it")
        elif told.get("success") != "true":
            results.failed.append(f"{name}: {reasons(body)}")
        elif told.get("skips", "0") != "0" or WARNED_SKIP.search(body):
            results.skipped.append(f"{name}: {first_skip(body)}")
        else:
            results.passed += 1
    return results


def first_skip(body: str) -> str:
    found = WARNED_SKIP.search(body) or SKIP.search(body)
    return one_line(found[1]) if found else "no reason given"


def reasons(body: str) -> str:
    found = [
        f"{file.rpartition('/')[2]}:{line} {one_line(original)} was {one_line(expanded)}"
        for file, line, original, expanded in FAILURE.findall(body)
    ]
    found += [one_line(each) for each in EXCEPTION.findall(body)]
    return "; ".join(found[:3]) or "no reason given"


def one_line(text: str) -> str:
    return " ".join(html.unescape(text).split())[:400]
