FROM registry.example/python:3.13-dev AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libffi-dev
COPY requirements.txt .
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install -r requirements.txt

FROM registry.example/python:3.13
COPY --from=build /opt/venv /opt/venv
COPY . /srv
ENV PATH="/opt/venv/bin:$PATH"
WORKDIR /srv
CMD ["python", "-m", "http.server", "8000"]
