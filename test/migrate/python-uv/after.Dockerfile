FROM registry.example/python:3.13-dev AS builder
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev
COPY . .

FROM registry.example/python:3.13
WORKDIR /app
COPY --from=builder /app ./
ENV PATH="/app/.venv/bin:$PATH"
CMD ["fastapi", "run"]
