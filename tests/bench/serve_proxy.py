"""The least that could stand in `genrec serve`'s place: FastAPI, and a client that passes one request on.

python tests/bench/serve_proxy.py http://127.0.0.1:8001/v1 8000
"""

import sys
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Asked(BaseModel):
    user_id: str
    k: int
    explain: str


def proxy(url: str) -> FastAPI:
    app, client = FastAPI(), httpx2.AsyncClient(timeout=30)

    @app.get("/health/live")
    async def is_live() -> dict[str, bool]:
        return {"live": True}

    @app.post("/v1/recommend")
    async def recommend(asked: Asked) -> dict[str, Any]:
        turn = {"role": "user", "content": f"What would user {asked.user_id} search for?"}
        body = {"model": "mock", "messages": [turn], "n": asked.k, "max_tokens": 12, "logprobs": True}
        return {"items": (await client.post(f"{url}/chat/completions", json=body)).json()["choices"]}

    return app


if __name__ == "__main__":
    uvicorn.run(proxy(sys.argv[1]), port=int(sys.argv[2]), log_config=None, access_log=False)
