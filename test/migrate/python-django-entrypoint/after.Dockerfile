FROM registry.example/python:3.13-dev AS builder
WORKDIR /app
COPY . .
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install -r requirements.txt

FROM registry.example/python:3.13_bash-coreutils
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app ./
ENV PATH="/opt/venv/bin:$PATH"
CMD python manage.py migrate && gunicorn -b :$PORT site.wsgi
