FROM python:3.12
RUN pip install poetry
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry config virtualenvs.create false && poetry install --only main
COPY . .
CMD ["poetry", "run", "uvicorn", "app:app", "--host", "0.0.0.0", "--port", "80"]
