"""A day of an agent with the reference client of the Model Context Protocol (the package `mcp`).

    reference.py PERFTEAM   exit code 0: all is well

The client itself holds each structured answer against the schema that the tool promised.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

CHANGE = "The pool hands out at most twenty connections instead of one hundred since Monday."
ACTION = (
    "Set max_connections in config/api.toml to twenty, run the load test of the checkout "
    "service, and compare its latency with the baseline of last week."
)
TOOLS = "prime inbox next show search_agents create_flag lock complete report_progress report_finding check review"


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def team(perfteam, folder):
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.name", "Somebody")
    run(folder, "git", "config", "user.email", "somebody@example.com")
    run(folder, perfteam, "init")
    about = ["--title", "API", "--description", "Keeps the interface of the shop fast."]
    run(folder, perfteam, "agent", "add", "@backend.api", *about)
    Path(folder, "pool.rs").write_text("pub const SIZE: u32 = 20;\n")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "--no-verify", "-m", "Begin")


def field(result, *keys):
    """What a dialect of the client calls camelCase or snake_case."""
    return next(getattr(result, key) for key in keys if hasattr(result, key))


async def ask(session, name, **arguments):
    result = await session.call_tool(name, arguments)
    answer = field(result, "structured_content", "structuredContent")
    if field(result, "is_error", "isError"):
        return answer["error"]
    assert answer["version"] == 1, answer
    return answer


async def day(perfteam, folder):
    server = StdioServerParameters(
        command=perfteam, args=["mcp", "--as", "@backend.api"], cwd=folder, env=dict(os.environ)
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        assert " ".join(tool.name for tool in tools) == TOOLS, tools
        assert "you are @backend.api" in (await ask(session, "prime"))["text"]
        assert (await ask(session, "inbox"))["waiting"] == 0
        found = await ask(session, "search_agents", words="the shop is slow")
        assert found["results"][0]["name"] == "@backend.api", found
        flag = await ask(
            session, "create_flag", to=["@backend.api"], type="change", change=CHANGE, action=ACTION, file=["pool.rs"]
        )
        assert "id" in flag, flag
        assert (await ask(session, "inbox"))["flags"][0]["id"] == flag["id"]
        assert (await ask(session, "show", id=flag["id"]))["change"] == CHANGE
        assert (await ask(session, "lock", id=flag["id"]))["id"] == flag["id"]
        held = await ask(session, "lock", id=flag["id"])
        assert held["exit"] == 4 and held["hints"], held
        await ask(session, "complete", id=flag["id"], note="Set to twenty; the p95 is as before.")
        task = ["--title", "Load test", "--objective", "Find the number of users from which the p95 rises."]
        run(folder, perfteam, "--as", "@performance.lead", "task", "create", "--to", "@backend.api", *task)
        task = (await ask(session, "next"))["next"]["id"]
        await ask(session, "lock", id=task)
        report = await ask(session, "report_progress", id=task, percent=50, metric=["p95=120ms"])
        assert report["escalated"] == [], report
        await ask(session, "complete", id=task, note="From 400 users on, see load-tests/monday.csv.")
        finding = await ask(
            session,
            "report_finding",
            title="Pool is exhausted",
            category="bottleneck",
            component="pool",
            severity="high",
            evidence="95 % of the pool is in use at 14:15, 60 % before.",
        )
        assert finding["id"], finding
        assert (await ask(session, "check"))["blocked"] is False
        assert (await ask(session, "review", range="HEAD"))["records"] == []
        missing = await ask(session, "show", id="zzzz")
        assert missing["exit"] == 2 and missing["why"], missing


def main(perfteam):
    with tempfile.TemporaryDirectory() as folder:
        team(perfteam, folder)
        asyncio.run(day(perfteam, folder))
    print("the reference client is content")


main(os.path.abspath(sys.argv[1]))
