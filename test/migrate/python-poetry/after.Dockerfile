FROM registry.example/python:3.13-dev AS builder
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install poetry
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry config virtualenvs.create false && poetry install --only main
COPY . .

FROM registry.example/python:3.13
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app ./
ENV PATH="/opt/venv/bin:$PATH"
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8080"]
