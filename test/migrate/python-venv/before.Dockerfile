FROM python:3.13 AS build
RUN python3.13 -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
RUN pip3.13 install -r requirements.txt

FROM python:3.13-slim
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY app.py .
USER nobody
CMD ["python3.13", "app.py"]
