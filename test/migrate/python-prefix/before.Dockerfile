FROM python:3.11-alpine AS build
RUN apk add --no-cache gcc musl-dev libffi-dev
COPY requirements.txt .
RUN pip install --prefix=/install -r requirements.txt

FROM python:3.11-alpine
COPY --from=build /install /usr/local
COPY . /srv
WORKDIR /srv
CMD ["python", "-m", "http.server", "8000"]
