FROM registry.example/python:3.13-dev AS builder
WORKDIR "/srv/guest book"
COPY requirements.txt .
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install -r requirements.txt
COPY . .
RUN ["mkdir", "-p", "/var/lib/guest book"]

FROM registry.example/python:3.13
WORKDIR /srv/guest book
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder ["/srv/guest book", "./"]
COPY --from=builder --chown=65532:65532 ["/var/lib/guest book", "/var/lib/guest book"]
ENV PATH="/opt/venv/bin:$PATH"
VOLUME ["/var/lib/guest book"]
CMD ["python", "main.py"]
