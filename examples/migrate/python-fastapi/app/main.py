import os
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter


class Task(BaseModel):
    title: str
    done: bool = False


app = FastAPI(title="Tasks")
path = Path(os.environ.get("TASKS_FILE", "tasks.json"))
tasks_type = TypeAdapter(list[Task])


def load() -> list[Task]:
    return tasks_type.validate_json(path.read_bytes()) if path.exists() else []


@app.get("/")
def list_tasks() -> list[Task]:
    return load()


@app.post("/", status_code=201)
def add_task(task: Task) -> Task:
    path.write_bytes(tasks_type.dump_json([*load(), task]))
    return task


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
