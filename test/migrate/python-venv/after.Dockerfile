FROM registry.example/python:3.13-dev AS build
RUN python3 -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
RUN pip3 install -r requirements.txt

FROM registry.example/python:3.13
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY app.py .
USER 65532
CMD ["python", "app.py"]
