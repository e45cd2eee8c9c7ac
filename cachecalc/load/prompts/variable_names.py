"""What the name of a placeholder tells about its value: `{{ current_time }}` ticks, `{{ user_name }}` is one per user.

A table, read by whole words: `chatHistory`, `chat_history` and `state.chat-history` are the words "chat history".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cachecalc.core.prompt import Content
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, UNKNOWN, Clock, Identity, Volatility


@dataclass(frozen=True, slots=True)
class Meaning:
    """How often a value of that name changes, and what sort of text it is."""

    volatility: Volatility
    content: Content = Content.TEXT


def _per(identity: Identity) -> Volatility:
    return Volatility(identities=frozenset({identity}))


NOBODY_KNOWS = Meaning(UNKNOWN)

# A name is of the clock when all its words are: `current_date` is, `order_date` and `date_format` are not.
_CLOCK_WORDS = {
    **dict.fromkeys(("year", "month"), Clock.MONTH),
    **dict.fromkeys(("date", "today", "todays", "day", "weekday", "tomorrow", "yesterday"), Clock.DAY),
    **dict.fromkeys(("hour",), Clock.HOUR),
    **dict.fromkeys(("minute",), Clock.MINUTE),
    **dict.fromkeys(("now", "time", "datetime", "timestamp", "clock", "utcnow", "ts", "epoch", "second"), Clock.SECOND),
    **dict.fromkeys(("millis", "milliseconds", "microseconds", "nanoseconds"), Clock.SUBSECOND),
}
_CLOCK_MODIFIERS = frozenset(
    {
        *(
            "current",
            "the",
            "system",
            "server",
            "local",
            "utc",
            "gmt",
            "tz",
            "user",
            "users",
            "this",
            "present",
            "runtime",
        ),
        *("iso", "rfc", "unix", "formatted", "str", "string", "human", "readable", "pretty", "full", "long", "short"),
        *("strftime", "of", "week", "and", "in", "at", "is", "get", "as"),
    }
)
_PRESENT = frozenset(
    {"now", "today", "todays", "current", "utcnow", "present", "tomorrow", "yesterday", "iso", "epoch"}
)
# These do not say how fine the clock is: it is taken to show seconds, and marked unknown.
_UNSURE = frozenset({"now", "time", "datetime", "clock", "utcnow"})

_NAMES: dict[Meaning, str] = {
    Meaning(PER_REQUEST, Content.NONCE): """
        uuid uuid4 guid nonce random rand salt seed random_seed unique_id request_id req_id trace_id span_id correlation_id
        run_id message_id msg_id call_id turn_id job_id execution_id invocation_id event_id""",
    Meaning(_per(Identity.SESSION), Content.NONCE): """
        session session_id session_uuid sid conversation_id conversation_uuid thread_id thread_ts chat_id""",
    Meaning(_per(Identity.SESSION)): """
        session_start session_start_time session_started_at conversation_start_time""",
    Meaning(PER_REQUEST, Content.QUESTION): """
        question query input inputs message prompt request task text content instruction utterance problem issue objective goal
        topic ticket email code diff patch command transcription user_query user_question user_input user_message user_prompt
        user_request user_text human_input last_message latest_message new_message search_query""",
    Meaning(PER_TURN, Content.RETRIEVED): """
        context contexts context_str retrieved retrieval documents docs document doc chunks chunk passages passage snippets
        sources references evidence knowledge articles article results result search_results search_result web_results
        kb_results retrieved_context retrieved_documents retrieved_docs retrieved_chunks retrieved_passages
        relevant_documents relevant_docs context_documents rag_context source_documents file_content file_contents
        page_content web_content""",
    Meaning(PER_TURN, Content.MEMORY): """
        memory memories memory_context recalled_memories user_memory user_memories long_term_memory recall notes
        preferences user_preferences facts user_facts learned_facts""",
    Meaning(PER_TURN, Content.HISTORY): """
        history chat_history conversation_history message_history messages previous_messages prior_messages recent_messages
        past_messages conversation conversation_so_far chat chat_log transcript dialogue dialog agent_scratchpad scratchpad
        intermediate_steps observation observations previous_steps past_steps progress conversation_summary chat_summary
        history_summary summary_so_far""",
    Meaning(_per(Identity.SESSION), Content.ENVIRONMENT): """
        cwd working_directory work_dir workdir os_info system_info system_information""",
    Meaning(PER_TURN, Content.ENVIRONMENT): """
        git_status git_branch branch directory_listing directory_structure file_tree
        file_list files repo_map open_files workspace_files env environment environment_info env_info environment_details environmental_information environment_context
        screen screenshot terminal_output world_state current_state browser_state page_state""",
    Meaning(Volatility(Clock.MINUTE), Content.LIVE): """
        price prices stock stock_price quote weather exchange_rate inventory market_data""",
    Meaning(_per(Identity.BUILD)): """
        version app_version package_version build build_id build_number build_version commit commit_sha commit_hash
        git_commit git_sha sha release revision deployment deployment_id""",
    Meaning(_per(Identity.TENANT)): """
        tenant tenant_id tenant_name org org_id org_name organization organization_id organization_name organisation
        organisation_name company company_name company_id workspace workspace_id workspace_name team team_name team_id
        client client_name account_name business business_name brand brand_name store_name customer_org""",
    Meaning(_per(Identity.USER)): """
        user user_id userid username user_name user_profile profile first_name last_name full_name firstname lastname fullname email_address user_email
        customer customer_name customer_id customer_profile customer_email account account_id locale timezone time_zone
        user_info user_context user_data user_details user_location user_language user_timezone user_role user_phone
        user_address user_age location patient patient_name student student_name employee employee_name candidate
        candidate_name person_name current_user logged_in_user phone_number display_name nickname human_name""",
}
_BY_NAME = {name.replace("_", " "): meaning for meaning, names in _NAMES.items() for name in names.split()}
# Words that add nothing at the ends of a name.
_PREFIXES = frozenset(
    {
        *(
            "the",
            "current",
            "latest",
            "new",
            "last",
            "my",
            "this",
            "given",
            "raw",
            "formatted",
            "extra",
            "your",
            "our",
            "all",
        )
    }
)
_SUFFIXES = frozenset(
    {
        *(
            "str",
            "string",
            "text",
            "json",
            "md",
            "xml",
            "list",
            "block",
            "section",
            "formatted",
            "info",
            "prompt",
            "data",
        ),
        "raw",
    }
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d?|[A-Z]+|\d+")


@lru_cache(maxsize=1 << 14)
def words(name: str) -> tuple[str, ...]:
    """`currentDateTime`, `current_date_time` and `CURRENT-DATE-TIME` as lower-case words."""
    return tuple(word.lower() for word in _WORD.findall(name))


def meaning(name: str) -> Meaning:
    """What a plain name tells; `NOBODY_KNOWS` for most names."""
    spoken = words(name)
    if clock := _clock_of(spoken):
        return Meaning(clock)
    for phrase in _shorter(spoken):
        if phrase in _BY_NAME:
            return _BY_NAME[phrase]
    return NOBODY_KNOWS


def _clock_of(spoken: Sequence[str]) -> Volatility | None:
    clocks = {word: _CLOCK_WORDS[word] for word in spoken if word in _CLOCK_WORDS}
    if not clocks or not all(word in _CLOCK_WORDS or word in _CLOCK_MODIFIERS for word in spoken):
        return None
    return Volatility(
        max(clocks.values()), unknown=clocks.keys() <= _UNSURE | {"date"} and not clocks.keys() <= {"date"}
    )


def _shorter(spoken: Sequence[str]) -> list[str]:
    """The phrase itself, then without the words that add nothing at its ends."""
    whole = " ".join(spoken)
    start = 1 if len(spoken) > 1 and spoken[0] in _PREFIXES else 0
    end = len(spoken) - 1 if len(spoken) > 1 and spoken[-1] in _SUFFIXES else len(spoken)
    return [whole, " ".join(spoken[start:]), " ".join(spoken[:end]), " ".join(spoken[start:end])]


def attribute(chain: list[str]) -> Meaning:
    """What a chain of attributes tells: `user.name`, `session.id`, `ctx.now`. The last two names together tell most, then
    the owner; the last name alone only where it means the same whoever owns it: an article's date is no clock."""
    last = meaning(chain[-1])
    if len(chain) == 1:
        return last
    owners = (meaning("_".join(chain[-2:])), *map(meaning, reversed(chain[:-1])))
    owner = next((found for found in owners if found is not NOBODY_KNOWS), None)
    if owner is not None:
        return owner
    is_clear = (
        set(words(chain[-1])) & _PRESENT
        if last.volatility.clock
        else last.content not in (Content.TEXT, Content.QUESTION)
    )
    return last if is_clear else NOBODY_KNOWS
