"""The tools for assistants, asked by the official client over a real pipe."""

import asyncio
import json
import os
import sys

import pytest

pytest.importorskip("mcp")

from mcp import Client, StdioServerParameters


def calling(folder, *calls):
    """The tools' names, and the results of some calls, from a fresh `genrec mcp`."""

    async def run():
        started = StdioServerParameters(
            command=sys.executable,
            args=["-m", "genrec", "mcp", "--workspace", str(folder), "--model", "popularity"],
            env=dict(os.environ),
        )
        async with Client(started, read_timeout_seconds=120) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, given) for name, given in calls], client.instructions

    return asyncio.run(run())


@pytest.mark.slow
def test_an_assistant_finds_and_calls_the_three_tools(workspace):
    tools, (listed, found, why, wrong), instructions = calling(
        workspace.root,
        ("recommend", {"user_id": "ann", "k": 2, "where": "price < 100"}),
        ("search_catalogue", {"text": "running", "k": 3}),
        ("explain", {"user_id": "ann", "item_id": "2"}),
        ("recommend", {"user_id": "nobody-9"}),
    )
    assert {each.name for each in tools} == {"recommend", "search_catalogue", "explain"}
    assert "price" in instructions
    answer = json.loads(listed.content[0].text)
    assert len(answer["items"]) == 2
    assert not {"1", "3", "4", "7"} & {each["item_id"] for each in answer["items"]}  # had, or dearer
    assert {each["item_id"] for each in json.loads(found.content[0].text)["items"]} == {"1", "2", "6"}
    assert json.loads(why.content[0].text)["items"][0]["reason"]
    assert wrong.is_error
    assert "unknown user" in wrong.content[0].text
