"""The one prompt model: an ordered row of parts, in the order in which a provider hashes them.

Every reader ends here (templates, payloads, source code, recorded requests, a profile's plain numbers) and
every view starts here (lint, estimate, plan, why, replay).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cachecalc.core.volatility import STATIC, Volatility


class Confidence(enum.IntEnum):
    """How sure a reader or a rule is. `POSSIBLE` is not reported unless asked for."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


class Evidence(enum.StrEnum):
    """What a prompt was read from. A payload shows one request as sent, so of its text nobody knows what changes next
    time; templates and source show which stretches are fixed."""

    SOURCE = "source"
    TEMPLATE = "template"
    PAYLOAD = "payload"
    PAIR = "pair"
    LOG = "log"


class Content(enum.StrEnum):
    """What sort of text a part is, where that decides which rule it concerns. How often it changes is its volatility's
    matter: `random.sample(examples)` is UNORDERED and per request, `list(set(examples))` UNORDERED and per build."""

    TEXT = "text"
    NONCE = "nonce"  # uuid, random number, request or trace or session id, process id
    QUESTION = "question"  # what the user of the application typed
    RETRIEVED = "retrieved"  # documents, search results, file contents
    MEMORY = "memory"  # notes, summaries, profile facts that a program keeps
    ENVIRONMENT = "environment"  # directory listing, git status, open files, screen
    HISTORY = "history"  # the messages of the conversation so far
    LIVE = "live"  # prices, stock, weather: passes for stable context, changes by itself
    UNORDERED = "unordered"  # items in an order that is random, set-like or not asked for
    UNSTABLE_JSON = "unstable-json"  # serialised with no stable key order or number form


class Section(enum.StrEnum):
    """The regions of a request. A provider hashes them in an order of its own."""

    TOOLS = "tools"
    SYSTEM = "system"
    MESSAGES = "messages"


class Form(enum.StrEnum):
    """What kind of block a part belongs to; providers wrap each kind in tokens of their own.

    A part's `text` is what the model reads for TEXT, RESULT and THINKING, the JSON as sent for TOOL (a definition) and
    CALL, and None for MEDIA.
    """

    TEXT = "text"
    TOOL = "tool"
    CALL = "tool call"
    RESULT = "tool result"
    THINKING = "thinking"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets in the source file the part was read from."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens and how far to trust it.

    `error` is the counter's 95th-percentile relative error (0.08 = within 8 % on 95 of 100 texts);
    0 means exact, or given by the user.
    """

    tokens: int
    error: float = 0.0
    counter: str = "given"

    @property
    def low(self) -> int:
        return int(self.tokens / (1 + self.error))

    @property
    def high(self) -> int:
        return -int(-self.tokens * (1 + self.error) // 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A cache mark at the end of a part (Claude's `cache_control`, OpenAI's `prompt_cache_breakpoint`, Bedrock's
    `cachePoint`). `ttl` is a label of the price table ("5m"), or None for the provider's default. `span` is the mark's
    value; `whole` is what to delete to take the mark away: with its key and the comma that joins it, or a block of
    its own."""

    ttl: str | None = None
    span: Span | None = None
    whole: Span | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of prompt whose text changes as one.

    `block` numbers the provider's content blocks from 0 (a look-back counts blocks; several parts can share one).
    `path` is where the part sits in the request ("system[0]", "messages[2].content[1]"). `origin` is the source of a
    volatile text ("datetime.now()", "{{ user_name }}"), for messages; `origin_span` is where that stands, whole, if
    not at `span` (a fix sorts or pins it there), and `origin_file` its file, if not the one of `span`. `confidence` is how sure the reader is of the volatility and
    of the place. `file` is the file that `span` counts in, where it is not the prompt's own. `digest`
    stands for what is hashed beside the text (an image's bytes, a call's id, a signature); equal parts have equal ones.
    """

    name: str
    section: Section
    volatility: Volatility = STATIC
    count: Count | None = None
    text: str | None = None
    span: Span | None = None
    role: str = ""
    form: Form = Form.TEXT
    block: int = 0
    path: str = ""
    mark: Mark | None = None
    origin: str = ""
    origin_span: Span | None = None
    origin_file: str = ""
    content: Content = Content.TEXT
    confidence: Confidence = Confidence.CERTAIN
    file: str = ""
    digest: str = ""

    @property
    def tokens(self) -> int:
        """The expected count in tokens; raises if the prompt was not counted."""
        if self.count is None:
            raise ValueError(f"part {self.name} was not counted")
        return self.count.tokens


class Trait(enum.StrEnum):
    """What may be true of how a prompt is built, sent, keyed or counted. Readers of source code find these."""

    CACHE_KEY_CONSTANT = "cache-key-constant"  # one literal `prompt_cache_key` for everybody
    CACHE_KEY_RANDOM = "cache-key-random"  # a new routing key on each call
    FAN_OUT = "fan-out"  # calls that share a prefix are started together, with no first call awaited
    HISTORY_REWRITTEN = "history-rewritten"  # `messages[-20:]`, pruning, truncation of earlier messages
    LEGACY_API = "legacy-api"  # `names`: what is retired
    MARK_DROPPED = "mark-dropped"  # an adapter that discards the mark
    MARKS_UNBOUNDED = "marks-unbounded"  # a loop puts a mark on every message and takes none away
    MEMO_KEY_INCOMPLETE = "memo-key-incomplete"  # `names`: what the key of a response cache leaves out
    MEMO_STALE = "memo-stale"  # a response cache that nothing invalidates
    MODEL_SWITCHED = "model-switched"  # the model varies between calls of one conversation
    NAMED_CACHE_PER_CALL = "named-cache-per-call"  # a cache object created in a handler or loop
    NAMED_CACHE_UNRELEASED = "named-cache-unreleased"  # a cache object with no TTL that nothing deletes
    PARAMETER_SWITCHED = "parameter-switched"  # `names`: the parameter that varies between calls of one conversation
    SIDE_CALL = "side-call"  # continues a conversation without its tools or system; `names`: what is missing
    TOOLS_SWITCHED = "tools-switched"  # the tool list varies between calls of one conversation
    USAGE_MISREAD = "usage-misread"  # cache counters read where they are absent or partial
    USAGE_UNREAD = "usage-unread"  # marks are set, and no code reads a cache counter


@dataclass(frozen=True, slots=True)
class Fact:
    """A trait with its place. `origin` is the source text to quote, `names` the things concerned (a parameter, the
    missing components of a key)."""

    trait: Trait
    span: Span | None = None
    origin: str = ""
    names: tuple[str, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    file: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request after its file format is forgotten.

    `automatic` is a request-level mark (Claude's top-level `cache_control`, OpenAI's implicit mode when stated).
    `parameters` are the settings outside the text that a provider's cache depends on (`thinking`, `tool_choice`,
    `prompt_cache_key`, ...), as sent. `fragment` says that this is known to be a piece of a larger prompt. `evidence` is
    the kind of file it was read from. `facts` are what the parts cannot show; a prompt may have facts alone.
    `model_span` is where the model is written down, in `model_file` if not in the prompt's own file.
    `builders` are the functions of its file that hold text of it, by which people know it. `answered` says that its
    provider's answer was recorded along with it: that request is past.
    """

    parts: tuple[Part, ...]
    name: str = ""
    path: str = ""
    model: str | None = None
    provider: str | None = None
    automatic: Mark | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    fragment: bool = False
    evidence: Evidence = Evidence.TEMPLATE
    facts: tuple[Fact, ...] = ()
    builders: tuple[str, ...] = ()
    answered: bool = False
    model_span: Span | None = None
    model_file: str = ""

    def prefixes(self) -> Iterator[tuple[int, Volatility]]:
        """Behind each part: tokens so far and the volatility of all the text so far."""
        tokens, volatility = 0, STATIC
        for part in self.parts:
            tokens += part.tokens
            volatility |= part.volatility
            yield tokens, volatility

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)
