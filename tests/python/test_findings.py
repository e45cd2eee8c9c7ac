"""From source to finding: what the rules make of code as people write it, and of code that only looks like it."""

from __future__ import annotations

import datetime as dt
import textwrap

import pytest

from cachecalc.core import rules
from cachecalc.core.prompt import Confidence
from cachecalc.lint.check import Settings, counted, of_prompt
from cachecalc.load.python import read_python

HEAD = """
import asyncio, functools, getpass, json, logging, os, random, subprocess, time, uuid
from datetime import date, datetime, timezone
from pathlib import Path
import anthropic, boto3, openai
from google import genai
log = logging.getLogger(__name__)
claude = anthropic.Anthropic()
gpt = openai.OpenAI()
gemini = genai.Client()
RULES = "You are a support agent. Answer from the policy, name its article, and never promise a refund. " * 120
MARKED = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
"""
SETTINGS = Settings(frozenset(rule.code for rule in rules.ALL), dt.date(2026, 11, 22), ".")


def found(source: str) -> set[str]:
    """The rules that are broken, as far as the reader is likely to be right."""
    prompts = [counted(prompt, SETTINGS) for prompt in read_python("app.py", HEAD + textwrap.dedent(source))]
    hits = [(rule, hit) for prompt in prompts for rule, hit in of_prompt(prompt, SETTINGS)]
    return {rule.name for rule, hit in hits if hit.confidence > Confidence.POSSIBLE}


BAD = {
    ("clock-in-prefix", "blocks from a generator"): """
        def blocks():
            yield {"type": "text", "text": f"Date: {datetime.now().isoformat()}"}
            yield {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}
        def ask(q):
            return claude.messages.create(model="claude-opus-5-5", system=list(blocks()), messages=[{"role": "user", "content": q}])
    """,
    ("clock-in-prefix", "keyword arguments"): """
        def ask(q):
            request = {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": q}]}
            request["system"] = f"Now: {datetime.now()} {RULES}"
            return claude.messages.create(**request)
    """,
    ("clock-in-prefix", "streamed and joined"): """
        def header():
            return "\\n".join(["# Context", f"- time: {datetime.now(timezone.utc):%H:%M}", ""])
        def ask(q):
            with claude.messages.stream(model="claude-opus-5-5", system=header() + RULES, messages=[{"role": "user", "content": q}]) as stream:
                return stream.get_final_message()
    """,
    ("clock-in-prefix", "system message in front of the history"): """
        def ask(history):
            messages = [{"role": "system", "content": f"It is {datetime.now():%H:%M:%S}. {RULES}"}] + history
            return gpt.chat.completions.create(model="gpt-5.5", messages=messages)
    """,
    ("clock-in-prefix", "first message inserted"): """
        def ask(q):
            messages = [{"role": "system", "content": RULES}, {"role": "user", "content": q}]
            messages.insert(0, {"role": "system", "content": f"It is {datetime.now():%H:%M:%S}"})
            return gpt.chat.completions.create(model="gpt-5.5", messages=messages)
    """,
    ("clock-in-prefix", "few shots behind the clock"): """
        SHOTS = [{"role": "user", "content": "I lost my card"}, {"role": "assistant", "content": RULES}]
        def ask(q):
            messages = [{"role": "system", "content": f"It is {datetime.now():%H:%M:%S}."}]
            messages += SHOTS
            messages.append({"role": "user", "content": q})
            return gpt.chat.completions.create(model="gpt-5.5", messages=messages)
    """,
    ("clock-in-prefix", "bedrock blocks"): """
        def ask(q):
            stamp = datetime.now().isoformat(timespec="seconds")
            system = [{"text": f"[{stamp}]"}, {"text": RULES}, {"cachePoint": {"type": "default"}}]
            return boto3.client("bedrock-runtime").converse(modelId="m", system=system, messages=[{"role": "user", "content": [{"text": q}]}])
    """,
    ("clock-in-prefix", "gemini instruction"): """
        from google.genai import types
        def ask(q):
            config = types.GenerateContentConfig(system_instruction=f"It is {datetime.now()}. {RULES}")
            return gemini.models.generate_content(model="gemini-3-pro", contents=q, config=config)
    """,
    ("clock-in-prefix", "wrapper of its own"): """
        class Bot:
            def reply(self, q):
                messages = [{"role": "system", "content": f"Now: {datetime.now()} {RULES}"}, {"role": "user", "content": q}]
                return self.llm.chat(messages)
    """,
    ("clock-in-prefix", "request by hand"): """
        import requests
        def ask(q):
            body = {"model": "m", "system": f"t={time.time()} {RULES}", "messages": [{"role": "user", "content": q}]}
            return requests.post("https://example.org/v1/messages", json=body)
    """,
    ("clock-in-prefix", "template of a chat"): """
        from langchain_core.prompts import ChatPromptTemplate
        PROMPT = ChatPromptTemplate.from_messages([("system", "It is {at}. " + RULES), ("human", "{question}")])
        def ask(llm, q):
            return (PROMPT.partial(at=lambda: datetime.now().strftime("%H:%M:%S")) | llm).invoke({"question": q})
    """,
    ("clock-in-prefix", "backstory"): """
        from crewai import Agent
        def make():
            return Agent(role="Support agent", goal="Answer", backstory=f"It is {datetime.now()}. {RULES}")
    """,
    ("clock-in-prefix", "prompt of a graph"): """
        from langgraph.prebuilt import create_react_agent
        def prompt(state):
            return [{"role": "system", "content": f"It is {datetime.now()}. {RULES}"}, *state["messages"]]
        agent = create_react_agent("m", tools=[], prompt=prompt)
    """,
    ("clock-in-prefix", "instructions of a function"): """
        from agents import Agent
        def instructions(context, agent):
            return f"It is {datetime.now()}. {RULES}"
        agent = Agent(name="support", instructions=instructions)
    """,
    ("clock-in-prefix", "block class of the SDK"): """
        from anthropic.types.beta import BetaTextBlockParam
        def loop(messages):
            system = BetaTextBlockParam(type="text", text=f"<now>{datetime.now().isoformat()}</now>{RULES}")
            system["cache_control"] = {"type": "ephemeral"}
            return claude.beta.messages.create(model="claude-opus-5-5", system=[system], messages=messages)
    """,
    ("clock-in-prefix", "date at the end of the system prompt of a conversation"): """
        class Chat:
            def ask(self, q):
                self.history.append({"role": "user", "content": q})
                system = {"role": "system", "content": f"{RULES} Today is {date.today()}."}
                return gpt.chat.completions.create(model="gpt-5.5", messages=[system, *self.history])
    """,
    ("clock-in-prefix", "default factory"): """
        import dataclasses
        @dataclasses.dataclass
        class Turn:
            question: str
            now: datetime = dataclasses.field(default_factory=datetime.now)
            def system(self):
                return f"Now: {self.now} {RULES}"
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=Turn(q).system(), input=q)
    """,
    ("clock-in-prefix", "prompt kept elsewhere"): """
        from app.prompts import SUPPORT_PROMPT
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=SUPPORT_PROMPT.format(now=datetime.now()), input=q)
    """,
    ("clock-in-prefix", "prompt kept elsewhere that goes to a wrapper"): """
        from app import prompts
        async def plan(q):
            prompt = prompts.plan_searches.format(query=q, current_date=datetime.now().strftime("%Y-%m-%d"))
            return await send_to_model(prompt)
    """,
    ("clock-in-prefix", "places of a prompt that others fill"): """
        SUPPORT_PROMPT = "You are a support agent. Today is {current_date}. " + RULES
    """,
    ("clock-in-prefix", "tool description"): """
        def tools():
            return [{"name": "book", "description": f"Books a table. It is {datetime.now()}.", "input_schema": {"type": "object"}}]
        def ask(q):
            return claude.messages.create(model="claude-opus-5-5", tools=tools(), system=RULES, messages=[{"role": "user", "content": q}])
    """,
    ("nonce-in-prefix", "request id"): """
        def ask(q):
            request_id = uuid.uuid4().hex[:8]
            return gpt.responses.create(model="gpt-5.5", instructions="id=" + request_id + RULES, input=q)
    """,
    ("nonce-in-prefix", "session of an object"): """
        class Bot:
            def __init__(self):
                self.session_id = str(uuid.uuid4())
            def ask(self, q):
                return gpt.responses.create(model="gpt-5.5", instructions=f"[{self.session_id}] {RULES}", input=q)
    """,
    ("nonce-in-prefix", "generator of its own"): """
        rng = random.Random()
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=f"seed={rng.randint(0, 9)} {RULES}", input=q)
    """,
    ("identity-in-prefix", "user of the request"): """
        def ask(q, request):
            return gpt.responses.create(model="gpt-5.5", instructions=f"For {request.state.tenant['name']}. {RULES}", input=q)
    """,
    ("identity-in-prefix", "user of the machine"): """
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=f"User: {getpass.getuser()} {RULES}", input=q)
    """,
    ("dynamic-before-static", "retrieved documents"): """
        def ask(q, retriever):
            context = "\\n".join(document.page_content for document in retriever.invoke(q))
            return gpt.responses.create(model="gpt-5.5", instructions=f"<context>{context}</context> {RULES}", input=q)
    """,
    ("dynamic-before-static", "state of the repository"): """
        def ask(q):
            status = subprocess.run(["git", "status"], capture_output=True, text=True).stdout
            return gpt.responses.create(model="gpt-5.5", instructions=f"{status} {RULES}", input=q)
    """,
    ("dynamic-before-static", "working directory"): """
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=f"{os.getcwd()} {RULES}", input=q)
    """,
    ("dynamic-before-static", "question first"): """
        def ask(question):
            return gpt.responses.create(model="gpt-5.5", input=f"Question: {question} {RULES}")
    """,
    ("shuffled-content", "shuffled examples"): """
        SHOTS = ["refund -> billing", "lamp -> returns"]
        def ask(q):
            shots = list(SHOTS)
            random.shuffle(shots)
            text = ""
            for shot in shots:
                text += f"- {shot} "
            return gpt.responses.create(model="gpt-5.5", instructions=text + RULES, input=q)
    """,
    ("shuffled-content", "files of a folder"): """
        def ask(q):
            text = "".join(path.read_text() for path in Path("kb").glob("*.md"))
            return gpt.responses.create(model="gpt-5.5", instructions=text + RULES, input=q)
    """,
    ("shuffled-content", "rows of a table"): """
        def ask(q, connection):
            rows = connection.execute("SELECT name, price FROM products").fetchall()
            text = ", ".join(f"{name}: {price}" for name, price in rows)
            return gpt.responses.create(model="gpt-5.5", instructions=text + RULES, input=q)
    """,
    ("unordered-tools", "a set that is filled"): """
        async def ask(q, servers):
            tools = set()
            for server in servers:
                for tool in await server.list_tools():
                    tools.add(tool)
            return gpt.responses.create(model="gpt-5.5", tools=list(tools), instructions=RULES, input=q)
    """,
    ("unordered-tools", "as they come"): """
        async def ask(q, servers):
            tools = []
            for each in asyncio.as_completed([server.list_tools() for server in servers]):
                tools.extend(await each)
            return gpt.responses.create(model="gpt-5.5", tools=tools, instructions=RULES, input=q)
    """,
    ("unordered-tools", "a query"): """
        def ask(q, session, Tool):
            tools = [tool.to_dict() for tool in session.query(Tool).filter(Tool.enabled).all()]
            return gpt.responses.create(model="gpt-5.5", tools=tools, instructions=RULES, input=q)
    """,
    ("mark-on-volatile", "retrieved documents under a mark"): """
        def ask(q, store):
            system = [{"type": "text", "text": store.search(q), "cache_control": {"type": "ephemeral"}}]
            return claude.messages.create(model="claude-opus-5-5", system=system, messages=[{"role": "user", "content": q}])
    """,
}


@pytest.mark.parametrize(
    ("rule", "source"), [pytest.param(key[0], source, id=" ".join(key)) for key, source in BAD.items()]
)
def test_a_fault_is_found_however_it_is_written(rule: str, source: str) -> None:
    """Each provider and framework has ways of its own, and so has each programmer."""
    assert rule in found(source)


CALL = 'claude.messages.create(model="claude-opus-5-5", system=MARKED, messages=[{"role": "user", "content": q}])'
COUNTED = f"r = {CALL}\n            log.info(r.usage.cache_read_input_tokens)\n            return r"

CLEAN = {
    "time in the last message": """
        def ask(q):
            messages = [{"role": "system", "content": RULES}, {"role": "user", "content": f"{q} (it is {datetime.now()})"}]
            return gpt.chat.completions.create(model="gpt-5.5", messages=messages)
    """,
    "time behind the mark of a conversation": """
        def ask(q):
            system = [*MARKED, {"type": "text", "text": f"It is {datetime.now()}."}]
            r = claude.messages.create(model="claude-opus-5-5", system=system, messages=[{"role": "user", "content": q}])
            return r.usage.cache_read_input_tokens
    """,
    "time in the log": f"""
        def ask(q):
            log.info("asked at %s", datetime.now())
            {COUNTED}
    """,
    "time of the file": f"""
        def ask(q):
            path = f"out/{{uuid.uuid4()}}-{{int(time.time())}}.json"
            log.info(path)
            {COUNTED}
    """,
    "time of the row": f"""
        def ask(q, database):
            database.insert({{"role": "user", "content": q, "created_at": datetime.now().isoformat()}})
            {COUNTED}
    """,
    "time of the start": """
        STARTED = datetime.now()
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=f"Since {STARTED}. {RULES}", input=q)
    """,
    "time that a tool tells": f"""
        def now():
            \"\"\"The time.\"\"\"
            return {{"time": datetime.now().isoformat(), "zone": "UTC, as everywhere in the company"}}
        def ask(q):
            {COUNTED}
    """,
    "time of a report": """
        def report(rows):
            return f"# Report of {datetime.now():%Y-%m-%d %H:%M}\\n\\nYou will find all answers below. Each one has a score: {rows}"
    """,
    "time of an invitation": """
        def mail(name):
            return f"Dear {name}, you are invited to our event on {date.today()}. You should bring your ticket."
    """,
    "time at the end of a prompt of its own": """
        def judge(llm, answer):
            return llm(prompt=f"You are a judge. Say whether the answer is right. {RULES} Answer: {answer} It is {datetime.now()}.")
    """,
    "place that is filled with a fixed date": """
        SUPPORT_PROMPT = "You are a support agent. Prices of {current_date}. " + RULES
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=SUPPORT_PROMPT.format(current_date="2026-10-01"), input=q)
    """,
    "braces of JSON": """
        SUPPORT_PROMPT = 'You are a support agent. Answer with {"date": "...", "text": "..."} and nothing else. ' + RULES
    """,
    "ids in headers": """
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=RULES, input=q, extra_headers={"x-id": str(uuid.uuid4())})
    """,
    "documents behind the rules": """
        def ask(q, retriever):
            context = "\\n".join(document.page_content for document in retriever.invoke(q))
            messages = [{"role": "system", "content": RULES}, {"role": "user", "content": f"{context} {q}"}]
            return gpt.chat.completions.create(model="gpt-5.5", messages=messages)
    """,
    "questions drawn at random": """
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=RULES, input=q)
        def evaluate(rows):
            return [ask(q) for q in random.sample(rows, 10)]
    """,
    "listing that is sorted": """
        def ask(q):
            names = ", ".join(sorted(os.listdir("kb")))
            return gpt.responses.create(model="gpt-5.5", instructions=names + RULES, input=q)
    """,
    "rows that are ordered": """
        def ask(q, connection):
            names = ", ".join(row[0] for row in connection.execute("SELECT name FROM products ORDER BY name"))
            return gpt.responses.create(model="gpt-5.5", instructions=names + RULES, input=q)
    """,
    "set that is only asked": """
        def ask(q):
            words = " ".join(word for word in q.split() if word not in {"a", "the"})
            return gpt.responses.create(model="gpt-5.5", instructions=RULES, input=words)
    """,
    "tools by name": """
        def ask(q, names, registry):
            tools = [registry[name] for name in sorted(set(names))]
            return gpt.responses.create(model="gpt-5.5", tools=tools, instructions=RULES, input=q)
    """,
    "examples with a seed": """
        random.seed(42)
        SHOTS = random.sample(["refund -> billing", "lamp -> returns"], 2)
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=" ".join(SHOTS) + RULES, input=q)
    """,
    "one document under a mark": """
        def ask(document, q):
            content = [{"type": "text", "text": document, "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": q}]
            r = claude.messages.create(model="claude-opus-5-5", messages=[{"role": "user", "content": content}])
            return r.usage.cache_read_input_tokens
    """,
    "date that is written down": """
        AS_OF = "2026-10-01"
        def ask(q):
            return gpt.responses.create(model="gpt-5.5", instructions=f"Prices as of {AS_OF}. {RULES}", input=q)
    """,
    "key of the conversation": """
        def ask(q, conversation_id):
            return gpt.responses.create(model="gpt-5.5", prompt_cache_key=conversation_id, instructions=RULES, input=q)
    """,
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in CLEAN.items()])
def test_a_look_alike_is_left_alone(source: str) -> None:
    """The same calls and names, where they do no harm."""
    assert found(source) == set()
