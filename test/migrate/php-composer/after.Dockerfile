FROM composer:2 AS vendor
WORKDIR /app
COPY composer.json composer.lock ./
RUN composer install --no-dev

FROM registry.example/php:8.4
WORKDIR /app
COPY . .
COPY --from=vendor /app/vendor ./vendor
CMD ["php", "-S", "0.0.0.0:8080", "-t", "public"]
