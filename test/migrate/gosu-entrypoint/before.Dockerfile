FROM python:3.13
RUN apt-get update && apt-get install -y gosu dumb-init
WORKDIR /app
COPY . .
ENTRYPOINT ["dumb-init", "--", "gosu", "app", "python", "app.py"]
